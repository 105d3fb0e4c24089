import { existsSync, readFileSync } from "node:fs";
import { Place, processesOf, type Switch } from "./place.ts";
import { startPreparedProxy } from "./prepared-proxy.ts";
import type { Files, StockProxy } from "./stock-proxy.ts";

/** A proxy of real sshd, set up by `warren proxy prepare`, on a network of its own. */
export class PlacedProxy {
  readonly #hub: Switch;
  readonly #address: string;
  #network: Place;
  readonly host: StockProxy;

  private constructor(hub: Switch, address: string, network: Place, host: StockProxy) {
    this.#hub = hub;
    this.#address = address;
    this.#network = network;
    this.host = host;
  }

  static async start(hub: Switch, address: string, system: string, files: Files): Promise<PlacedProxy> {
    let at = await Place.make();
    await hub.wire(at, address);
    const host = await startPreparedProxy({ systems: [system], files, network: () => at.network });
    const proxy = new PlacedProxy(hub, address, at, host);
    proxy.#moved = (network) => {
      at = network;
      proxy.#network = network;
    };
    return proxy;
  }

  #moved: (network: Place) => void = () => {};

  /** Ends sshd and its sessions without a word to anybody: their network is gone before them, and comes back empty. */
  async reboot(): Promise<void> {
    await this.#network.must("ip", "link", "set", "eth0", "down");
    await this.host.restart(async () => {
      await this.#network.stop();
      this.#moved(await Place.make());
      await this.#hub.wire(this.#network, this.#address);
    });
  }

  /** Monitors and servers of all sessions of its system. */
  sessions(system: string): readonly number[] {
    const all = [...processesOf(this.host.pid)];
    return all.filter(([, line]) => new RegExp(`^sshd(-session)?: ${system}`).test(line)).map(([pid]) => pid);
  }

  /** Those that serve a computer's sessions, and hold its port. */
  async serversOf(computer: string): Promise<readonly number[]> {
    const { stdout } = await this.host.run(["grep", "-rlxF", "-e", computer, "/run/warren/sessions"]);
    const monitors = stdout.split("\n").flatMap((path) => /\/(\d+)\.\d+$/.exec(path)?.[1] ?? []);
    const files = monitors.map((pid) => `/proc/${this.host.pid}/root/proc/${pid}/task/${pid}/children`);
    return files.flatMap((path) =>
      existsSync(path) ? readFileSync(path, "utf8").trim().split(" ").map(Number) : [],
    );
  }

  /** Whether a port of its 127.0.0.1 is held, whoever holds it. */
  holds(port: number): boolean {
    const listening = `0100007F:${port.toString(16).toUpperCase()} 00000000:0000 0A`;
    return readFileSync(`/proc/${this.#network.pid}/net/tcp`, "latin1").includes(listening);
  }

  /** What it tells of two computers that hold one key, in `proxy status` and to each sync. */
  clash(system: string, id: string): Promise<string> {
    return this.host.read(`/run/warren/release/${system}/${id.split(".")[0]}.clash`);
  }

  async stop(): Promise<void> {
    await this.host.stop();
    await this.#network.stop();
  }
}
