#!/bin/sh
# Whether the key that has just logged in is a device's. PAM asks (pam_exec in /etc/pam.d/sshd) before it asks a person for a
# one-time password: a device has nobody to type one. SSH_AUTH_INFO_0 is sshd's, not the client's.
set -euf
PATH=/usr/bin:/bin
LC_ALL=C
export PATH LC_ALL

account=${PAM_USER-}
case $account in '' | *[!a-z0-9-]*) exit 1 ;; esac
# "publickey <type> <base64>"
set -- ${SSH_AUTH_INFO_0-}
[ "$#" -ge 3 ] && [ "$1" = publickey ] || exit 1
key=" $2 $3"
line=$(grep -F -m 1 -e "$key" "${0%/*}/current/authorized_keys/$account")
case $line in *"$key") ;; *) exit 1 ;; esac
id=${line#*command=\"}
id=${id%%\"*}
case $id in '' | controller* | *[!a-z0-9.-]*) exit 1 ;; esac
