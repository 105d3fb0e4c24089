import { lstat, realpath } from "node:fs/promises";
import { join, sep } from "node:path";
import { Failure } from "../../core/failure.ts";
import { lastLine } from "../../core/lines.ts";
import type { LoginKeys } from "../../core/ports/computer.ts";
import { isMissing } from "../files/read.ts";
import { type Ended, run } from "./run.ts";

/**
 * authorized_keys files of this host's accounts. Each keeps its mode, and where it is a link, the link.
 *
 * Root reads and writes what lies in an account's reach as that account: else a link of theirs, or a folder swapped at
 * the right moment, would have root write controllers' keys into a file of root's. Node can't change its user for one
 * task alone, so a small program of sh does the work.
 */
export class FileLoginKeys implements LoginKeys {
  readonly #files: Readonly<Record<string, string>>;

  /** Account → its file. */
  constructor(files: Readonly<Record<string, string>>) {
    this.#files = files;
  }

  /** Empty where there is no file yet. */
  async read(account: string): Promise<string> {
    const file = this.#files[account];
    return file === undefined ? "" : work(READ, file, "read");
  }

  /** In one rename: sshd reads the old text or the new one, whole. */
  async write(account: string, text: string): Promise<void> {
    const file = this.#files[account];
    if (file !== undefined) await work(WRITE, file, "written", text);
  }
}

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

const WITHIN = 20_000;

// A folder above that may not be entered is no missing file: cat's own words tell the two apart.
const READ = `
exec 3>&1
says=$(cat -- "$1" 2>&1 >&3) && exit 0
case $says in *'No such file or directory') exit 0 ;; esac
echo "$says" >&2
exit 1
`;

// mktemp makes a name that nobody could have known, for its owner alone.
const WRITE = `
set -eu
umask 077
file=$1
[ ! -L "$1" ] || file=$(readlink -f -- "$1") || { echo 'links to where its account has no way' >&2; exit 1; }
mkdir -p -- "$(dirname -- "$file")"
[ ! -d "$file" ] || { echo 'is a folder' >&2; exit 1; }
next=$(mktemp "$file.warren-XXXXXX")
trap 'rm -f -- "$next"' EXIT
cat > "$next"
[ ! -e "$file" ] || chmod "$(stat -c %a -- "$file")" "$next"
sync "$next" 2>/dev/null || sync
mv -f -- "$next" "$file"
`;

async function work(script: string, file: string, done: string, input = ""): Promise<string> {
  const as = await inReachOf(file);
  const { status, stdout, stderr } = await asAccount(as, script, file, input);
  if (status === 0) return stdout;
  const hint = process.getuid?.() === 0 ? {} : { hint: "only root can for another account: use sudo" };
  throw new Failure("refused", `${file} can't be ${done}: ${lastLine(stderr) || `status ${status}`}`, hint);
}

const asAccount = (as: Owner | undefined, script: string, file: string, input: string): Promise<Ended> =>
  run("/bin/sh", ["-c", script, "warren-keys", file], {
    timeout: WITHIN,
    input,
    env: { PATH: "/usr/bin:/bin", LC_ALL: "C" },
    ...(as === undefined ? {} : { as }),
  });

/**
 * The first account but root, from the top down, to whom a part of the path belongs: what is below is theirs to swap.
 * Undefined for who is not root, and where all is root's.
 */
async function inReachOf(file: string): Promise<Owner | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  let at: string = sep;
  for (const part of file.split(sep).filter((name) => name !== "")) {
    at = join(at, part);
    const found = await lstatIfThere(at);
    if (found === undefined) return undefined;
    const { uid, gid } = found;
    if (uid !== 0) return { uid, gid };
    // A link that root made is as good as what it names, and that may lie in somebody's reach.
    if (found.isSymbolicLink()) {
      const target = await realpath(at).catch(() => undefined);
      if (target === undefined) return undefined;
      const beyond = await inReachOf(target);
      if (beyond !== undefined) return beyond;
      at = target;
    }
  }
  return undefined;
}

async function lstatIfThere(path: string) {
  try {
    return await lstat(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
