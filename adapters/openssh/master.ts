import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { access, rm } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { causeOf, Failure, unavailable } from "../../core/failure.ts";
import { lastLine } from "../../core/lines.ts";
import { hasPulse } from "./pulse.ts";
import { watch } from "./watchdog.ts";

const ASK_EVERY = 20;
const DIE_WITHIN = 2_000;
/** Together below the 45 s within which a dead link is noticed. */
const PULSE_EVERY = 15_000;
const PULSE_WITHIN = 10_000;
const KEPT_OF_STDERR = 4096;

/** One long-lived ssh client with a control socket. It ends when told to, or with this process. */
export class Master {
  readonly #child: ChildProcess;
  readonly #controlPath: string;
  readonly #ended: Promise<string>;
  #stderr = "";

  /** `args`: everything behind `ssh -N -M -S PATH`. `heard` is told what ssh writes on its standard error. */
  constructor(controlPath: string, args: readonly string[], heard: (text: string) => void = () => {}) {
    this.#controlPath = controlPath;
    const child = spawn("ssh", ["-N", "-M", "-S", controlPath, "-o", "ControlPersist=no", ...args], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#child = child;
    child.stderr.on("data", (chunk: Buffer) => {
      const text = chunk.toString("utf8");
      this.#stderr = (this.#stderr + text).slice(-KEPT_OF_STDERR);
      heard(text);
    });
    this.#ended = new Promise((resolve) => {
      child.once("error", (error) => resolve(causeOf(error)));
      child.once("close", (status, signal) =>
        resolve(lastLine(this.#stderr) || `ssh ended with ${signal ?? `status ${status}`}`),
      );
    });
    if (child.pid !== undefined) child.once("exit", watch(child.pid));
  }

  /** Undefined once it has ended. */
  get pid(): number | undefined {
    return this.#isAlive() ? this.#child.pid : undefined;
  }

  /** ssh makes its control socket after it has logged in and asked for its forwards, in this order. */
  async ready(within: number): Promise<void> {
    const deadline = Date.now() + within;
    const failure = this.failure();
    while (!(await exists(this.#controlPath))) {
      if (Date.now() > deadline) throw unavailable("proxy", new Error(`no login within ${within / 1000} s`));
      await Promise.race([pause(ASK_EVERY), failure]);
    }
  }

  /** Rejects when ssh ends, with what it said. */
  failure(): Promise<never> {
    const failure = this.#ended.then((why) => {
      const refused = /remote port forwarding failed|^Permission denied/m.test(why);
      throw refused ? new Failure("refused", `proxy refused: ${why}`) : unavailable("proxy", new Error(why));
    });
    failure.catch(() => {});
    return failure;
  }

  onEnd(heard: (why: string) => void): void {
    void this.#ended.then(heard);
  }

  /**
   * From now on it is ended once it does not answer any more: stopped or stuck it notices no dead link, and its kernel
   * keeps the connection up.
   */
  watchOver(every = PULSE_EVERY, within = PULSE_WITHIN): void {
    const timer = setInterval(async () => {
      if (!this.#isAlive() || (await hasPulse(this.#controlPath, within))) return;
      this.#stderr = `ssh did not answer within ${within / 1000} s`;
      this.#child.kill("SIGKILL");
    }, every);
    this.#child.once("exit", () => clearInterval(timer));
  }

  async end(): Promise<void> {
    if (this.#isAlive()) {
      const gone = once(this.#child, "exit");
      this.#child.kill("SIGTERM");
      const timer = setTimeout(() => this.#child.kill("SIGKILL"), DIE_WITHIN);
      await gone;
      clearTimeout(timer);
    }
    await rm(this.#controlPath, { force: true });
  }

  #isAlive(): boolean {
    const { pid, exitCode, signalCode } = this.#child;
    return pid !== undefined && exitCode === null && signalCode === null;
  }
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
