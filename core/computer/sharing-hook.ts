/**
 * What plain ssh runs before each connection to a device (`Match … !exec`), in POSIX sh: status 0 lets it share a
 * connection. Called with the folder of the sockets, the device, and what wakes it where something must.
 *
 * A shared connection outlives the ssh that opened it. Were it opened with `-A`, the device could use the agent until
 * it ends, and every later session would find it in its environment; with `-L`, the port would stay open. So an ssh
 * shares only if everything on its command line is known to concern its own session alone. Its words are read as ssh
 * reads them: `rsync -e ssh` has a `-D` and an `-L` behind the device's name, which are rsync's own.
 */
export const SHARING_HOOK = String.raw`# Written by warren: says (by status 0) whether an ssh may share its connection to a device, and wakes the device.
set -f
sockets=$1 device=$2
shift 2
newline='
'

shares() {
  case ${"$"}{1##*/} in ssh) ;; *) return 1 ;; esac
  shift
  named=
  while :; do
    OPTIND=1
    while getopts :1246ab:c:e:fgi:kl:m:no:p:qstvxAB:CD:E:F:GI:J:KL:MNO:P:Q:R:S:TVw:W:XYy option "$@"; do
      case $option in
        [46aeFklnqstTWxy]) ;;
        # What asks, or ends a connection, wakes nobody.
        G | O) sleeps=no ;;
        o) concerns_session "$OPTARG" || return 1 ;;
        *) return 1 ;;
      esac
    done
    shift $((OPTIND - 1))
    # Behind the name ssh reads options once more; what follows those is the command.
    [ -z "$named" ] || return 0
    case ${"$"}{1-} in "$device" | *@"$device") ;; *) return 1 ;; esac
    named=yes
    shift
  done
}

concerns_session() {
  case $1 in
    BatchMode[=\ ]* | ConnectTimeout[=\ ]* | LogLevel[=\ ]* | RemoteCommand[=\ ]* | RequestTTY[=\ ]*) ;;
    SendEnv[=\ ]* | SetEnv[=\ ]* | User[=\ ]*) ;;
    ForwardAgent[=\ ]no | ForwardX11[=\ ]no | PermitLocalCommand[=\ ]no | ClearAllForwardings[=\ ]yes) ;;
    *) return 1 ;;
  esac
}

# A shared connection lives in the tunnel: it is up, and stays up.
awake() {
  set +f
  for socket in "$sockets/${"$"}{device%%.*}".*; do
    [ -S "$socket" ] && ssh -F none -S "$socket" -O check "$device" 2>/dev/null && return 0
  done
  return 1
}

if [ -r "/proc/$PPID/cmdline" ]; then
  words=$(tr '\0' '\n' <"/proc/$PPID/cmdline")
else
  words=$(ps -o args= -p "$PPID" | tr ' ' '\n')
fi
sleeps=yes
case $words in
  # An empty word would be lost here, and the one behind it be taken for another.
  *"$newline$newline"*) status=1 ;;
  *)
    IFS=$newline
    shares $words
    status=$?
    unset IFS
    ;;
esac
if [ $# -gt 0 ] && [ "$sleeps" = yes ] && ! awake; then "$@" "$device"; fi
exit "$status"
`;
