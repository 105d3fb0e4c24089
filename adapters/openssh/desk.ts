import { Failure, unavailable } from "../../core/failure.ts";
import type { ProxyDesk } from "../../core/ports/computer.ts";
import { takeTurn } from "../files/turn.ts";
import { lastLine, run } from "./run.ts";

const TIMEOUT = 15_000;
/** sshd waits so long for somebody who types (LoginGraceTime). */
const ANSWERED_WITHIN = 120_000;
/** ssh's own failures; any other status is the serving program's. */
const SSH_FAILED = 255;
/** The key was right, and what is asked for behind it did not come, or was wrong. */
const WANTS_MORE = /Permission denied \([^)]*keyboard-interactive/;

/** Where a question may first open the connection that others share. */
export interface Asking {
  /** A file at which one process at a time does so, or a person would be asked once for each. */
  readonly turn: string;
}

/** Asks the proxy's serving program, each question over a connection of its own. */
export class SshDesk implements ProxyDesk {
  readonly #args: readonly string[];
  readonly #asking: Asking | undefined;

  /**
   * `args`: everything that ssh takes before the command: the options of core/ssh-config.ts, then the destination. With
   * `asking`, ssh may ask for a one-time password; without, a proxy that wants one is a failure.
   */
  constructor(args: readonly string[], asking?: Asking) {
    this.#args = args;
    this.#asking = asking;
  }

  async ask(question: Parameters<ProxyDesk["ask"]>[0]): Promise<string> {
    const ended = await this.#run(question).catch((cause: unknown) => {
      throw unavailable("proxy", cause);
    });
    if (ended.status === 0) return ended.stdout;
    const why = lastLine(ended.stderr) || `ssh ended with status ${ended.status}`;
    if (WANTS_MORE.test(why)) throw this.#wantsMore();
    if (ended.status === SSH_FAILED || ended.status === null) throw unavailable("proxy", new Error(why));
    throw new Failure("refused", `proxy refused ${JSON.stringify(question)}: ${why}`);
  }

  async #run(question: string) {
    if (this.#asking === undefined) {
      return run("ssh", ["-o", "BatchMode=yes", ...this.#args, question], { timeout: TIMEOUT });
    }
    const endTurn = await takeTurn(this.#asking.turn, ANSWERED_WITHIN);
    try {
      return await run("ssh", [...this.#args, question], { timeout: ANSWERED_WITHIN });
    } finally {
      await endTurn();
    }
  }

  /** It may be there in a minute, so that what keeps trying goes on. */
  #wantsMore(): Failure {
    if (this.#asking !== undefined) {
      return new Failure("unavailable", "proxy did not take the one-time password");
    }
    return new Failure("unavailable", "proxy asks for a one-time password, and nobody is here to type it", {
      hint: "run warren list at a terminal; what follows within a minute shares its connection",
    });
  }
}
