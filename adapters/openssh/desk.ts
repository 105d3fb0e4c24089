import { setTimeout as pause } from "node:timers/promises";
import { Failure, unavailable } from "../../core/failure.ts";
import { lastLine } from "../../core/lines.ts";
import type { ProxyDesk } from "../../core/ports/computer.ts";
import { type Ended, run, SSH_FAILED } from "./run.ts";

const BATCH = ["-o", "BatchMode=yes"] as const;
const UNSHARED = ["-o", "ControlMaster=no", "-o", "ControlPath=none"] as const;
const TIMEOUT = 15_000;
/** sshd waits so long for somebody who types (LoginGraceTime). */
const ANSWERED_WITHIN = 120_000;
/** Over a connection that stands a question takes some round trips; ssh notices only after 40 s that it is dead. */
const LATE = 6_000;
/** The key was right, and what is asked for behind it did not come, or was wrong. */
const WANTS_MORE = /Permission denied \([^)]*keyboard-interactive/;

/** The key itself is not known there. */
const DENIED = /Permission denied \(publickey/;
const NOT_LET_IN =
  "this computer's key may be revoked, or new and not on the proxy yet: warren explain tells the realm's admins";

/** Where a question may first open the connection that others share. */
export interface Asking {
  /** A file at which one process at a time does so, or a person would be asked once for each. */
  readonly turn: string;
}

/** The connections that questions share with sessions. */
export interface Sharing {
  /** Whether the one to the proxy stands. */
  stands(): Promise<boolean>;
  /** It does not answer, and the proxy does: later sessions take others. */
  leave(): Promise<void>;
}

/** Asks the proxy's serving program, each question over a connection of its own. */
export class SshDesk implements ProxyDesk {
  readonly #args: readonly string[];
  readonly #asking: Asking | undefined;
  readonly #sharing: Sharing | undefined;

  /**
   * `args`: everything that ssh takes before the command: the options of core/ssh-config.ts, then the destination. With
   * `asking`, ssh may ask for a one-time password; without, a proxy that wants one is a failure. With `sharing`, a
   * shared connection that has died without a word is done without.
   */
  constructor(args: readonly string[], asking?: Asking, sharing?: Sharing) {
    this.#args = args;
    this.#asking = asking;
    this.#sharing = sharing;
  }

  async ask(question: Parameters<ProxyDesk["ask"]>[0]): Promise<string> {
    const ended = await this.#run(question).catch((cause: unknown) => {
      throw unavailable("proxy", cause);
    });
    if (ended.status === 0) return ended.stdout;
    const why = lastLine(ended.stderr) || `ssh ended with status ${ended.status}`;
    if (WANTS_MORE.test(why)) throw this.#wantsMore();
    if (ended.status === SSH_FAILED || ended.status === null)
      throw unavailable("proxy", new Error(why), DENIED.test(why) ? NOT_LET_IN : undefined);
    throw new Failure("refused", `proxy refused ${JSON.stringify(question)}: ${why}`);
  }

  async #run(question: string): Promise<Ended> {
    if (this.#asking === undefined) return this.#either(question, BATCH, TIMEOUT);
    // Only where somebody may be asked: its libraries take a while to load.
    const { takeTurn } = await import("../files/turn.ts");
    const endTurn = await takeTurn(this.#asking.turn, ANSWERED_WITHIN);
    try {
      return await this.#either(question, [], ANSWERED_WITHIN);
    } finally {
      await endTurn();
    }
  }

  /** Over the shared connection; where that stands and is late, also over one of its own, and whichever answers first. */
  async #either(question: string, options: readonly string[], timeout: number): Promise<Ended> {
    const over = new AbortController();
    const { signal } = over;
    const ask = (more: readonly string[]) =>
      run("ssh", [...more, ...this.#args, question], { timeout, signal });
    const first = ask(options);
    const late = pause(LATE, true, { signal });
    const timers: NodeJS.Timeout[] = [];
    try {
      const isLate = await Promise.race([late, first.then(notLate, notLate)]);
      // While a person types, or a login is under way, none stands.
      if (!isLate || !(await this.#sharing?.stands())) return await first;
      const why = new Error(`no answer within ${TIMEOUT / 1000} s`);
      timers.push(setTimeout(() => over.abort(why), TIMEOUT - LATE));
      const alone = ask([...BATCH, ...UNSHARED]).then(answered);
      const left = alone.then(async (ended) => {
        await this.#sharing?.leave();
        return ended;
      });
      return await Promise.any([first.then(answered), left]);
    } finally {
      for (const timer of timers) clearTimeout(timer);
      over.abort();
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

/** Where one ssh fails, the other may still answer. */
function answered(ended: Ended): Ended {
  if (ended.status === SSH_FAILED || ended.status === null) throw new Error(lastLine(ended.stderr));
  return ended;
}

const notLate = (): boolean => false;
