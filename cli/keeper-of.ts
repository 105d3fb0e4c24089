import { spawn } from "node:child_process";
import { open } from "node:fs/promises";
import type { ProfileFolder } from "../adapters/files/profile-folder.ts";
import { keeperAddress } from "../adapters/keeper/address.ts";
import type { KeeperWays } from "../adapters/keeper/visitor.ts";
import { lastLine } from "../adapters/openssh/run.ts";
import { version } from "../package.json";

/** Of the profile's folder. */
const LOG = "keeper.log";
/** Bytes; a longer one begins anew. */
const LONGEST_LOG = 65_536;
/** What a process that lives on needs of ours: no token, no agent. */
const PASSED_ON = /^(PATH|HOME|USERPROFILE|SYSTEMROOT|TMPDIR|TEMP|LANG|TZ|XDG_\w+|NODE_\w+|WARREN_DEBUG)$/i;

/** How this program's commands find the keeper of a profile, and start it. */
export function keeperOf(folder: ProfileFolder, id: string): KeeperWays {
  return {
    version,
    address: async () => (await keeperAddress(folder.path)).path,
    async start() {
      const log = await open(folder.file(LOG), "a", 0o600);
      if ((await log.stat()).size > LONGEST_LOG) await log.truncate();
      const program = process.argv[1] ?? "";
      const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => PASSED_ON.test(name)));
      const child = spawn(process.execPath, [...process.execArgv, program, "keeper", id], {
        stdio: ["ignore", log.fd, log.fd],
        env,
        cwd: folder.path,
        // Of a session of its own: it outlives the terminal, and Ctrl-C there is not meant for it.
        detached: true,
      });
      child.unref();
      const died = new Promise<Error>((resolve) => {
        child.once("error", resolve);
        child.once("exit", async () => {
          const said = await folder.read(LOG).catch(() => undefined);
          resolve(new Error(lastLine(said ?? "") || `it ended; see ${folder.file(LOG)}`));
        });
      });
      void died.finally(() => log.close());
      return { died };
    },
  };
}
