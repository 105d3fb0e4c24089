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

# Sets `parent` and `start` of a process (proc(5), fields 4 and 22). Its name may hold blanks; no field after it does.
process() {
  { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
  set -- ${stat##*) }
  state=$1 parent=$2 start=${20}
}

# The sshd processes that serve the recorded session $1, <pid>.<start>, as this account: with them go its ports.
servers() {
  process "${1%.*}" && [ "$start" = "${1#*.}" ] || return 0
  cat "/proc/${1%.*}/task/${1%.*}/children" 2>/dev/null ||
    cat /proc/[0-9]*/stat 2>/dev/null | sed 's/^\([0-9]*\) .*) . \([0-9]*\) .*/\1 \2/' |
      awk -v monitor="${1%.*}" '$2 == monitor { print $1 }'
}

# Ends this computer's other sessions, whichever of its keys opened them, so that its port is free again. Where two
# copies of a device do that to each other, neither may go on for ever: three times a minute.
release() {
  case $computer in controller*) refuse 'release is for devices' ;; esac
  run=/run/warren
  cd "$run/release/$system" 2>/dev/null || refuse 'no sessions are recorded on this proxy'
  # The lock ends with this process.
  exec 9>>"$computer"
  flock -w 5 9 || refuse 'another release of this computer is under way'
  process "$PPID"
  own=$parent
  older=''
  for record in "$run/computers/$id@"*; do
    record=${record##*@}
    [ "${record%.*}" = "$own" ] || older="$older $(servers "$record")"
  done
  # shellcheck disable=SC2086 # process ids, one a word
  set -- $older
  [ "$#" -gt 0 ] || return 0

  now=$(date +%s)
  # None of the future: where the clock went back, it would count for longer than a minute.
  recent=$(awk -v now="$now" '$1 > now - 60 && $1 <= now' "$computer")
  # shellcheck disable=SC2086 # times, one a word
  [ "$(set -- $recent && echo "$#")" -lt 3 ] || clash
  printf '%s\n' $recent "$now" >"$computer"
  for server in "$@"; do kill -s KILL "$server" 2>/dev/null || :; done
  for server in "$@"; do
    tries=0
    while process "$server" && [ "$state" != Z ] && [ "$tries" -lt 40 ]; do
      tries=$((tries + 1))
      sleep 0.05
    done
  done
}

clash() {
  from=${SSH_CONNECTION%% *}
  others=$(for record in "$run/computers/$id@"*; do cat "$run/sessions/${record##*@}"; done 2>/dev/null |
    awk -v own="$from" 'NF > 3 && $NF != own { print $NF }' | sort -u | tr '\n' ' ')
  says="$id was released 3 times within the minute, now from $from${others:+, also at $others}: two computers may hold its key"
  printf '%s %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$says" >"$computer.clash"
  logger -t warren "clash: $says" 2>/dev/null || :
  refuse "$says"
}

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
    release
    ;;
  *)
    refuse 'ask whoami, directory, certificate or release'
    ;;
esac
