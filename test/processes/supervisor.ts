import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setPriority } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { CONNECT_WITHIN_S } from "../../adapters/openssh/tunnel.ts";
import { backoff } from "../../core/tunnel/backoff.ts";

/** Keeps one `ssh -N -R` up as the device's agent does, with the same pauses: a device at the price of one ssh. */
export class Supervisor {
  readonly #args: readonly string[];
  readonly #first: () => Promise<void>;
  #child: ChildProcess | undefined;
  #failures = 0;
  #over: Promise<void> | undefined;
  #stopped = false;

  /** `first`: what it waits for, after its tunnel went down, before it tries the first time. */
  constructor(args: readonly string[], first: () => Promise<void>) {
    this.#args = args;
    this.#first = first;
  }

  start(): void {
    this.#over = this.#keepUp();
  }

  /** Somebody saw that the tunnel works. */
  isUp(): void {
    this.#failures = 0;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#child?.kill();
    await this.#over;
  }

  async #keepUp(): Promise<void> {
    while (!this.#stopped) {
      const patient = ["-o", `ConnectTimeout=${CONNECT_WITHIN_S}`];
      const child = spawn("ssh", ["-N", ...patient, "-o", "ExitOnForwardFailure=yes", ...this.#args], {
        stdio: "ignore",
      });
      this.#child = child;
      const exit = once(child, "exit");
      // As a process of its own, whatever ours has.
      if (child.pid !== undefined) setPriority(child.pid, 0);
      await exit;
      if (this.#stopped) return;
      this.#failures += 1;
      await (this.#failures === 1 ? this.#first() : pause(backoff(this.#failures, Math.random())));
    }
  }
}
