import type { Directory } from "../core/access/directory.ts";
import type { Profile } from "../core/computer/profile.ts";
import type { PinnedProxy } from "../core/computer/ssh-config.ts";
import { causeOf } from "../core/failure.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { LoginKeys, ProxyDesk } from "../core/ports/computer.ts";
import { authorize } from "./authorize.ts";
import { type DirectoryPorts, freshDirectory, knownDirectory, type Pinned } from "./known-directory.ts";
import type { Stopwatch } from "./tunnel-driver.ts";

export interface KeepDirectoryPorts extends DirectoryPorts {
  readonly clock: Clock;
  readonly stopwatch: Stopwatch;
  readonly loginKeys: LoginKeys;
  deskAt(proxy: PinnedProxy): ProxyDesk;
  random(): number;
  log(message: string): void;
  /** Logs, and is remembered as what went wrong last. */
  trouble(message: string): void;
  /** Called with the sequence of each directory that it begins to use. */
  uses(sequence: number): void;
}

type Question = Parameters<ProxyDesk["ask"]>[0];

/** A device that nobody wakes still learns within about an hour whom to let in. */
const REFRESH_EVERY = 3_600_000;

/** A device's directory, and who may log in by it: asked for hourly and whenever somebody wants it newer. */
export class DirectoryKeeper {
  readonly #ports: KeepDirectoryPorts;
  readonly #pinned: Pinned;
  readonly #profile: Profile;
  readonly #heard: (directory: Directory) => Promise<void>;
  #current: Directory | undefined;
  #refreshing: Promise<Directory | undefined> | undefined;
  #callOff: () => void = () => {};

  /** `heard`: what is to follow from each directory that the proxy gave. */
  constructor(
    ports: KeepDirectoryPorts,
    pinned: Pinned,
    profile: Profile,
    heard: (directory: Directory) => Promise<void>,
  ) {
    this.#ports = ports;
    this.#pinned = pinned;
    this.#profile = profile;
    this.#heard = heard;
  }

  get current(): Directory | undefined {
    return this.#current;
  }

  async start(): Promise<void> {
    this.#current = await knownDirectory(this.#ports, this.#pinned);
    if (this.#current !== undefined) this.#ports.uses(this.#current.sequence);
    this.#refreshRegularly();
  }

  stop(): void {
    this.#callOff();
  }

  /** Asks for the directory, at most once at a time, and lets its controllers in. Never rejects. */
  refresh(): Promise<Directory | undefined> {
    this.#refreshing ??= this.#ask()
      .catch((error: unknown) => {
        this.#ports.trouble(causeOf(error));
        return undefined;
      })
      .finally(() => {
        this.#refreshing = undefined;
      });
    return this.#refreshing;
  }

  async #ask(): Promise<Directory> {
    const { loginKeys, clock, log, trouble } = this.#ports;
    const asked = { ask: (question: Question) => this.#askProxy(question) };
    const directory = await freshDirectory(this.#ports, asked, this.#pinned, this.#current);
    this.#current = directory;
    this.#ports.uses(directory.sequence);
    const accounts = Object.keys(this.#profile.device?.authorizedKeys ?? {});
    for (const one of await authorize(loginKeys, accounts, directory, clock.now())) {
      if (one.state === "failed") trouble(one.problem);
      if (one.state === "changed")
        log(`authorized_keys of ${one.account} follow directory ${directory.sequence}`);
    }
    await this.#heard(directory);
    return directory;
  }

  /** The proxy of the last directory, and if that is gone the one of the enrolment, which may know of a move. */
  async #askProxy(question: Question): Promise<string> {
    const { deskAt, log } = this.#ports;
    const { proxy } = this.#profile;
    const last = this.#current?.proxy ?? proxy;
    try {
      return await deskAt(last).ask(question);
    } catch (error) {
      if (last.host === proxy.host && last.port === proxy.port) throw error;
      log(causeOf(error));
      return await deskAt(proxy).ask(question);
    }
  }

  #refreshRegularly(): void {
    void this.refresh();
    const pause = REFRESH_EVERY * (0.75 + this.#ports.random() / 2);
    this.#callOff = this.#ports.stopwatch.after(pause, () => this.#refreshRegularly());
  }
}
