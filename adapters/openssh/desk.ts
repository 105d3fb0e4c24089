import { Failure, unavailable } from "../../core/failure.ts";
import type { ProxyDesk } from "../../core/ports/computer.ts";
import { lastLine, run } from "./run.ts";

const TIMEOUT = 15_000;
/** ssh's own failures; any other status is the serving program's. */
const SSH_FAILED = 255;

/** Asks the proxy's serving program, each question over a connection of its own. */
export class SshDesk implements ProxyDesk {
  readonly #args: readonly string[];

  /** `args`: everything that ssh takes before the command: the options of core/ssh-config.ts, then the destination. */
  constructor(args: readonly string[]) {
    this.#args = args;
  }

  async ask(question: Parameters<ProxyDesk["ask"]>[0]): Promise<string> {
    const ended = await run("ssh", [...this.#args, question], { timeout: TIMEOUT }).catch(
      (cause: unknown) => {
        throw unavailable("proxy", cause);
      },
    );
    if (ended.status === 0) return ended.stdout;
    const why = lastLine(ended.stderr) || `ssh ended with status ${ended.status}`;
    if (ended.status === SSH_FAILED || ended.status === null) throw unavailable("proxy", new Error(why));
    throw new Failure("refused", `proxy refused ${JSON.stringify(question)}: ${why}`);
  }
}
