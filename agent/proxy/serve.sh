#!/bin/sh
# What a computer may ask its proxy. This file is the shell of every system's account: sshd runs it as
#   serve -c '<computer id>'
# for the computer's id is its key's forced command (command="..."); what the computer asked stands in
# SSH_ORIGINAL_COMMAND. The caller controls that word alone, and it is only ever compared.
set -eu
PATH=/usr/bin:/bin
LC_ALL=C
export PATH LC_ALL

refuse() {
  printf 'warren: %s\n' "$1" >&2
  exit 1
}

if [ "$#" -ne 2 ] || [ "$1" != -c ]; then refuse 'no shell here; ask whoami, directory, certificate or release'; fi

# <computer>.<system>.<realm>: exactly three names of a-z, 0-9 and -.
id=$2
case $id in
  *[!a-z0-9.-]* | *..* | .* | *. | *.*.*.*) refuse 'the key names no computer' ;;
  *.*.*) ;;
  *) refuse 'the key names no computer' ;;
esac
computer=${id%%.*}
system=${id#*.}
system=${system%%.*}

# The script lies beside the link `current` (/etc/warren/serve). Entering the generation once keeps a file and its
# signature together, whatever is switched meanwhile.
cd -P "${0%/*}/current" 2>/dev/null || refuse 'nothing has been synced to this proxy yet'

case ${SSH_ORIGINAL_COMMAND-} in
  whoami)
    printf '%s\n' "$system"
    ;;
  directory)
    [ -r "directory/$system.json.sig" ] || refuse "no signed directory of $system here"
    exec cat "directory/$system.json" "directory/$system.json.sig"
    ;;
  certificate)
    # One computer a line: `  "333": [...],`
    [ -r "certificates/$system.json" ] || refuse "no certificates of $system here"
    answer=$(sed -n "s/^  \"$computer\": \(.*\]\),\{0,1\}\$/\1/p" "certificates/$system.json")
    [ -n "$answer" ] || refuse "no certificate of $computer here"
    printf '%s\n' "$answer"
    ;;
  release)
    refuse 'release is not built yet'
    ;;
  *)
    refuse 'ask whoami, directory, certificate or release'
    ;;
esac
