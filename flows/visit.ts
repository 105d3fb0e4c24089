import type { Directory } from "../core/access/directory.ts";
import { Failure } from "../core/failure.ts";
import { type ComputerId, formatId } from "../core/names.ts";
import type { ProxyDesk } from "../core/ports/computer.ts";
import type { LeaseHolder, Woken } from "../core/ports/leases.ts";
import { type DirectoryPorts, freshDirectory, type Pinned } from "./known-directory.ts";
import { type OfflinePorts, watchOffline } from "./offline.ts";

/** What a controller's visit to devices of its system needs of the outside. */
export interface VisitPorts extends DirectoryPorts {
  /** Asks over the connection to the proxy that all sessions share; the first question opens it. */
  readonly desk: ProxyDesk;
  /** Left out: tunnels are always up. */
  readonly leases?: LeaseHolder;
  /** Left out: the realm's broker is not for telling who is there. */
  readonly presence?: OfflinePorts;
  /** Tells ssh what the directory says. */
  prepare(directory: Directory | undefined): Promise<void>;
  /** Whether an SSH server answers on this port of the proxy's loopback. */
  answers(port: number): Promise<boolean>;
  warn(message: string): void;
}

/** One device of a visit: how to reach it, or why not. */
export type Reached =
  /** `port` only where it is another than the directory says. */
  | { readonly ok: true; readonly id: ComputerId; readonly port?: number }
  | { readonly ok: false; readonly id: ComputerId; readonly failure: Failure };

/** One command's use of some devices: they are awake from `reach` to `end`. */
export class Visit {
  readonly #ports: VisitPorts;
  readonly #pinned: Pinned;
  readonly #leases: LeaseHolder | undefined;
  #newest: Directory | undefined;
  #watched: () => void = () => {};

  constructor(ports: VisitPorts, pinned: Pinned) {
    this.#ports = ports;
    this.#pinned = pinned;
    this.#leases = ports.leases;
  }

  /** The newest directory; one that the proxy can't better is used as it is. */
  async refresh(known: Directory | undefined): Promise<Directory> {
    await this.#ports.prepare(known);
    try {
      const fresh = await freshDirectory(this.#ports, this.#ports.desk, this.#pinned, known);
      if (fresh.sequence !== known?.sequence) await this.#ports.prepare(fresh);
      this.#newest = fresh;
      return fresh;
    } catch (error) {
      if (known === undefined || !(error instanceof Failure) || error.code !== "refused") throw error;
      this.#ports.warn(`${error.message}; going on with the one of sequence ${known.sequence}`);
      return known;
    }
  }

  /** The proxy's newest directory; undefined until that has been asked, and where its answer is not used. */
  get newest(): Directory | undefined {
    return this.#newest;
  }

  /** Wakes the devices while the connection to the proxy opens, and looks at the newest directory after both. */
  reach(known: Directory, devices: readonly ComputerId[]): Promise<readonly Reached[]> {
    return Promise.all(this.reachEach(known, devices));
  }

  /** The same, each as soon as it is known: one that does not answer keeps no other waiting. All fail with the proxy. */
  reachEach(known: Directory, devices: readonly ComputerId[]): readonly Promise<Reached>[] {
    const directory = this.refresh(known);
    const settle = new Map<string, (woken: Woken) => void>();
    const woken = devices.map((id) =>
      this.#leases === undefined
        ? undefined
        : new Promise<Woken>((resolve) => void settle.set(formatId(id), resolve)),
    );
    const tell = (id: ComputerId, how: Woken) => settle.get(formatId(id))?.(how);
    this.#leases?.take(devices, tell);
    const { presence } = this.#ports;
    if (this.#leases !== undefined && presence !== undefined) {
      const gone: typeof tell = (id, how) => {
        tell(id, how);
        this.#leases?.giveUp([id]);
      };
      // Programs of the older kind need not answer a question.
      this.#watched = watchOffline(presence, devices, gone, !known.legacy);
      void Promise.all(woken).then(this.#watched);
    }
    return devices.map(async (id, index) => this.#judge(id, await directory, await woken[index]));
  }

  /** Ends the visit, and leaves the devices awake for about a minute. */
  leave(): void {
    this.#watched();
    this.#leases?.leave();
  }

  /** May be repeated, and at any time. */
  async end(): Promise<void> {
    this.#watched();
    await this.#leases?.end();
  }

  async #judge(id: ComputerId, directory: Directory, woken: Woken | undefined): Promise<Reached> {
    const name = formatId(id);
    const no = (failure: Failure): Reached => ({ ok: false, id, failure });
    const entry = directory.devices[id.computer];
    if (entry === undefined) return no(new Failure("refused", `${name} is not enrolled any more`));
    if (entry.hostKeys.length === 0) {
      const hint = `submit its host keys in an issue of the title ${name}.hostkey.pub`;
      return no(
        new Failure("refused", `${name} has no host key in the directory, so nobody could tell it`, { hint }),
      );
    }
    if (woken === undefined) return { ok: true, id };
    if (!woken.ok) {
      // A device that its broker has left for long keeps its tunnel up.
      if (!(await this.#ports.answers(entry.port))) return no(woken.failure);
      this.#ports.warn(`${woken.failure.message}; its tunnel is up all the same`);
      return { ok: true, id };
    }
    if (woken.port === entry.port) return { ok: true, id };
    if (directory.legacy) return { ok: true, id, port: woken.port };
    const says = `${name} says that its tunnel has port ${woken.port}; the signed directory says ${entry.port}`;
    return no(new Failure("refused", says));
  }
}
