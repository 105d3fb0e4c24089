#!/bin/sh
# Which sessions the systems' accounts hold on this proxy. Root runs it as /etc/warren/session:
#   by PAM, when a session of Warren's group begins and ends (pam_exec in /etc/pam.d/sshd; $PPID is sshd's monitor)
#   session sweep: ends the sessions whose key is not in force any more, and prints a line for each
#
# A session is a file, /run/warren/sessions/<pid>.<start>, of the monitor's pid and start time: a pid that another
# process took since is another name. Its first line is account, key type, base64 and the client's address; once the key
# was found in force, the second is the computer's id and the third where it may listen. Beside it an empty file,
# /run/warren/computers/<id>@<pid>.<start>, finds the sessions of one computer without reading all.
#
# At the begin the record is written first, and only then is the key looked up. A revocation switches first, and sweeps
# after that. So a login that races its revocation finds its key gone, or the sweep finds its record.
#
# A whole fleet logs in at once after a restart of the proxy: the hook starts three programs, and no more than it must.
set -euf
umask 022
PATH=/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL

here=${0%/*}
run=/run/warren

# Sets `start`: when the process began (proc(5), field 22). Its name may hold blanks and brackets; no field after it does.
started() {
  { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
  set -- ${stat##*) }
  start=${20-}
}

# Reads lines of authorized_keys, as `proxy apply` let them in; shared by the hook and the sweep.
# is_line(line): sets key, id, listens (the first address, or -) and end (14 digits, or none).
lines='
function option(name) {
  if (!match($1, name "=\"[^\"]*\"")) return ""
  return substr($1, RSTART + length(name) + 2, RLENGTH - length(name) - 3)
}
function is_line(line) {
  $0 = line
  if (NF != 3) return 0
  key = $2 " " $3; id = option("command"); end = option("expiry-time")
  listens = option("permitlisten"); if (listens == "") listens = "-"
  return id ~ /^[a-z0-9.-]+$/ && (end == "" || end ~ /^[0-9]+Z$/ && length(end) == 15)
}
'

# Whatever goes wrong in the hook: without a session the connection may stay, but not this one.
turn_away() {
  kill -s KILL "$PPID"
  forget
}

forget() {
  id=''
  { read -r line && read -r id; } 2>/dev/null <"$run/sessions/$session" || :
  rm -f "$run/sessions/$session" "$run/computers/$id@$session"
}

begin() {
  account=${PAM_USER-}
  # "publickey <type> <base64>", and a line for each further method.
  set -- ${SSH_AUTH_INFO_0-}
  [ "${1-}" = publickey ] || exit 1
  key="${2-} ${3-}"
  from=${PAM_RHOST:--}
  case $account in '' | *[!a-z0-9-]*) exit 1 ;; esac
  case $key in *[!A-Za-z0-9@.+/=\ -]* | ' '* | *' ') exit 1 ;; esac
  case $from in *[!A-Za-z0-9.:%-]*) from=- ;; esac
  rooms

  record=$run/sessions/$session
  printf '%s\n' "$account $key $from" >"$record"

  # One that a person blocked is in sshd's own list too; this is for a login that was past it.
  if [ -s "$here/blocked" ]; then
    set -- $(printf '%s\n' "$key" | ssh-keygen -lf -)
    found=0
    grep -q -e "^${2:?} " "$here/blocked" || found=$?
    [ "$found" -eq 1 ] || exit 1
  fi
  # grep is quick where an account has thousands of keys, and leaves awk the one line to understand.
  set -- $(grep -F -e " $key" "$here/current/authorized_keys/$account" |
    awk -v wanted="$key" "$lines"'is_line($0) && key == wanted { print id, listens, end; exit }')
  [ "$#" -gt 0 ] || exit 1
  if [ "$#" -eq 3 ]; then
    [ "$(date -u +%Y%m%d%H%M%S)" -lt "${3%Z}" ] || exit 1
  fi
  id=$1
  printf '%s\n' "$id" "$2" >>"$record"
  : >"$run/computers/$id@$session"
  # Each session is two processes: one stolen key must not use up what all share.
  case $id in controller*) most=300 ;; *) most=30 ;; esac
  set +f
  set -- "$run/computers/$id@"*
  [ "$#" -le "$most" ] || {
    logger -t warren "turned away: $id has $most sessions" 2>/dev/null || :
    exit 1
  }
}

room() {
  [ -d "$run/$1" ] || install -d -m 750 -g warren "$run/$1"
}

# Who is connected, and from where, is for the systems' accounts: `release` looks there. Where it counts and tells of
# clashes is one folder a system, which no other account may read, write or lock.
rooms() {
  room sessions
  room computers
  [ -d "$run/release/$account" ] || {
    mkdir -p "$run/release"
    install -d -m 700 -o "$account" "$run/release/$account"
  }
}

# Prints name, id, where it may listen, and first line of the records whose process lives, and removes the others. One
# that isn't written to its end has yet to look for its key.
living() {
  # An older hook knew no such marks, and its sessions last.
  room computers
  for record in "$run"/sessions/*; do
    name=${record##*/}
    if started "${name%.*}" && [ "$start" = "${name#*.}" ]; then
      line='' id=''
      { read -r line || line=''; { read -r id && read -r listens; } || id=''; } 2>/dev/null <"$record" || :
      [ -z "$line" ] || printf '%s %s %s %s\n' "$name" "${id:--}" "${listens:--}" "$line"
      [ -z "$id" ] || [ -e "$run/computers/$id@$name" ] || : >"$run/computers/$id@$name"
    else
      rm -f "$record"
    fi
  done
  for mark in "$run"/computers/*; do
    [ -e "$run/sessions/${mark##*@}" ] || rm -f "$mark"
  done
}

# Reads what `living` printed; prints `name fingerprint` of each, where root has blocked any key at all.
fingerprints() {
  [ -n "$alive" ] && [ -s "$here/blocked" ] || return 0
  printed=$(awk '{ print $5, $6, $1 }' | ssh-keygen -lf -)
  printf '%s\n' "$printed" | awk '{ print $3, $2 }'
}

# Prints `name silent -` of each living session whose client has sent and acknowledged nothing for 25 s. In quiet sshd
# ends one by itself after 12 to 36, but it asks its clients whether they live only while nothing else happens: whoever
# knocks at the port of a device that has vanished, or has many sessions with it, would keep that up. The monitor has no
# other connection.
silent() {
  [ -n "$alive" ] && command -v ss >/dev/null || return 0
  sockets=$(ss -HOtnpi state established) || return 0
  printf '%s\n' "$alive" "$sockets" | awk '
    function waited(what) {
      if (!match($0, " " what ":[0-9]+")) return 0
      return substr($0, RSTART + length(what) + 2, RLENGTH - length(what) - 2) + 0
    }
    $1 ~ /^[0-9]+\.[0-9]+$/ { pid = $1; sub(/\..*/, "", pid); name[pid] = $1; next }
    waited("lastrcv") > 25000 && waited("lastack") > 25000 {
      while (match($0, /pid=[0-9]+/)) {
        pid = substr($0, RSTART + 4, RLENGTH - 4)
        if (pid in name) print name[pid], "silent", "-"
        $0 = substr($0, RSTART + RLENGTH)
      }
    }'
}

# Reads what `fingerprints`, `silent` and `living` printed; prints name, id, account and reason of each session that has to end.
condemned() {
  current=$(cd -P "$here/current" && pwd) || current=/nonexistent
  awk -v folder="$current/authorized_keys/" -v blocked="$here/blocked" -v now="$(date -u +%Y%m%d%H%M%S)" "$lines"'
    NF == 2 { print_of[$1] = $2 }
    NF == 3 { is_silent[$1] }
    NF > 6 {
      name[NR] = $1; who[NR] = $2; listened[NR] = $3; account[NR] = $4; held[NR] = $4 " " $5 " " $6
      accounts[$4]; wanted[held[NR]]
    }
    END {
      total = NR
      while ((getline line <blocked) > 0) { $0 = line; is_blocked[$1] }
      for (a in accounts) {
        while ((getline line <(folder a)) > 0)
          if (is_line(line) && (a " " key) in wanted) { known[a " " key] = end; may_listen[a " " key] = listens }
        close(folder a)
      }
      for (n = 1; n <= total; n++) {
        if (!(n in name)) continue
        if (print_of[name[n]] in is_blocked) why = "blocked"
        else if (!(held[n] in known)) why = "removed"
        else if (known[held[n]] != "" && substr(known[held[n]], 1, 14) <= now) why = "expired"
        # Its port went to another computer, or its system to another proxy: an open tunnel would stay where it was.
        else if (who[n] != "-" && listened[n] != may_listen[held[n]]) why = "moved"
        else if (name[n] in is_silent) why = "silent"
        else continue
        print name[n], who[n], account[n], why
      }
    }'
}

# The monitor leads the process group of its session. The process that serves it would outlive the monitor alone; and
# what is started at this very moment belongs to the group too.
end_all() {
  while read -r name id account why; do
    started "${name%.*}" && [ "$start" = "${name#*.}" ] || continue
    kill -s KILL -- "-${name%.*}" 2>/dev/null || kill -s KILL "${name%.*}" 2>/dev/null || continue
    rm -f "$run/sessions/$name" "$run/computers/$id@$name"
    printf '%s %s %s\n' "$id" "$account" "$why"
  done
}

sweep() {
  set +f
  # No pipe: a step that fails must not look like one that found nothing.
  alive=$(living)
  fingerprints=$(printf '%s\n' "$alive" | fingerprints)
  silent=$(silent)
  condemned=$(printf '%s\n' "$fingerprints" "$silent" "$alive" | condemned)
  ended=$(printf '%s\n' "$condemned" | end_all)
  # Forget what `release` counted and told an hour ago.
  find "$run/release" -type f -mmin +60 -exec rm -f {} + 2>/dev/null || :
  [ -n "$ended" ] || return 0
  printf '%s\n' "$ended"
  printf '%s\n' "$ended" | sed 's/^/session ended: /' | logger -t warren 2>/dev/null || :
}

if [ "${1-}" = sweep ]; then
  sweep
  exit
fi
started "$PPID"
session=$PPID.$start
case ${PAM_TYPE-} in
  open_session)
    trap '[ "$?" -eq 0 ] || turn_away' EXIT
    begin
    ;;
  close_session) forget ;;
  *)
    printf 'session: PAM runs this; or write: session sweep\n' >&2
    exit 2
    ;;
esac
