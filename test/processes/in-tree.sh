# Makes a Debian or Ubuntu tree the root of this mount namespace, with this machine's /dev, /sys, /tmp, Node and checkout.
# Nothing is written to the tree: what is done there stays in memory, and ends with the namespace. As root:
#
#   debootstrap --variant=minbase --include=openssh-server,sudo,procps,iproute2,systemd trixie /tmp/trixie
#   unshare --mount --pid --fork --mount-proc sh test/processes/in-tree.sh /tmp/trixie node tools/jest.mjs -w 1 test/processes
#
# runs the tests with the tree's own ssh and sshd; WARREN_STOCK_ROOT=/tmp/trixie gives it to stock hosts alone.
set -e
tree=$1 dir=$PWD node=$(readlink -f "$(command -v node)")
shift
mount --make-rprivate /
mount -t tmpfs tmpfs /mnt
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay -o "lowerdir=$tree,upperdir=/mnt/upper,workdir=/mnt/work" overlay /mnt/root
cd /mnt/root
mkdir -p "./$dir" "./${node%/*}" old
touch "./$node"
for shared in /dev /sys /tmp /proc "$dir" "$node"; do mount --rbind "$shared" "./$shared"; done
mount -t tmpfs -o mode=755 tmpfs run
mkdir run/sshd
# sudo complains of a machine whose name nobody knows.
cp /etc/hosts etc/hosts
pivot_root . old
cd "$dir"
umount -l /old
rmdir /old
# Not by exec: as first process of its namespace this shell takes leave of orphans, which Node would leave as zombies.
"$@"
