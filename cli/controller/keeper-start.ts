import { spawn } from "node:child_process";
import { closeSync, fstatSync, ftruncateSync, openSync } from "node:fs";
import { basename, join } from "node:path";
import { readInput } from "../../adapters/files/read.ts";
import { lastLine } from "../../core/lines.ts";

/** Of the profile's folder. */
const LOG = "keeper.log";
/** Bytes; a longer one begins anew. */
const LONGEST_LOG = 65_536;
/** What a process that lives on needs of ours: no token, no agent. */
const PASSED_ON = /^(PATH|HOME|USERPROFILE|SYSTEMROOT|TMPDIR|TEMP|LANG|TZ|XDG_\w+|NODE_\w+|WARREN_DEBUG)$/i;

/** Starts the keeper of the profile in that folder; `died` resolves with why it ended, if it does. */
export function startKeeper(folder: string): { readonly died: Promise<Error> } {
  const path = join(folder, LOG);
  const log = openSync(path, "a", 0o600);
  if (fstatSync(log).size > LONGEST_LOG) ftruncateSync(log);
  const program = process.argv[1] ?? "";
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => PASSED_ON.test(name)));
  const child = spawn(process.execPath, [...process.execArgv, program, "keeper", basename(folder)], {
    stdio: ["ignore", log, log],
    env,
    cwd: folder,
    // Of a session of its own: it outlives the terminal, and Ctrl-C there is not meant for it.
    detached: true,
  });
  child.unref();
  // Its own by now.
  closeSync(log);
  const died = new Promise<Error>((resolve) => {
    child.once("error", resolve);
    child.once("exit", async () => {
      const said = await readInput(path).catch(() => "");
      resolve(new Error(lastLine(said) || `it ended; see ${path}`));
    });
  });
  return { died };
}
