import { existsSync, readFileSync } from "node:fs";
import { chmod, cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LocalCa } from "../../adapters/local-ca/ca.ts";
import { readStatus } from "../../core/computer/agent-status.ts";
import type { PinnedProxy } from "../../core/computer/ssh-config.ts";
import { causeOf } from "../../core/failure.ts";
import { isReachable, type Standing } from "../../core/tunnel/standing.ts";
import { openSession, reachAnew, type Session, until, wakeOnly } from "./fault-controller.ts";
import { clockOf, PATH, startAutossh, startDeviceSshd, superviseAgent } from "./fault-device.ts";
import { ADDRESS, FaultNetwork } from "./fault-network.ts";
import { CONTROLLERS, DEVICE, FaultRealm, TUNNEL_PORT } from "./fault-realm.ts";
import type { Place } from "./place.ts";
import { PlacedBroker } from "./placed-broker.ts";
import { PlacedProxy } from "./placed-proxy.ts";

export const BROKER_PORT = 8883;
interface Settings {
  /** The device asks a name server on the switch. */
  readonly resolver?: boolean;
  /** What the device's programs are to believe, as faketime reads it. */
  readonly clock?: string;
  /** The realm has none: tunnels are always up. */
  readonly withoutBroker?: boolean;
}

/** A realm of separate computers on one switch: a device, its proxy, its broker (on the switch itself), two controllers. */
export class FaultScene {
  readonly folder: string;
  network!: FaultNetwork;
  proxy!: PlacedProxy;
  /** In a realm that has one. */
  broker!: PlacedBroker;
  #profile!: string;
  /** What the agents wrote. */
  agentLog = "";

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async set(settings: Settings = {}): Promise<FaultScene> {
    const folder = await mkdtemp(join(tmpdir(), "warren-fault-"));
    await chmod(folder, 0o755);
    const scene = new FaultScene(folder);
    try {
      await scene.#build(settings);
    } catch (error) {
      await scene.close();
      throw error;
    }
    return scene;
  }

  get device(): Place {
    return this.network.device;
  }

  /** Holds sessions. */
  get laptop(): Place {
    return this.network.laptop;
  }

  /** Comes anew each time, as if it had never been there. */
  get visitor(): Place {
    return this.network.visitor;
  }

  file(...names: readonly string[]): string {
    return join(this.folder, ...names);
  }

  async #build({ resolver = false, clock, withoutBroker = false }: Settings): Promise<void> {
    this.network = await FaultNetwork.make(this.folder, resolver);
    const { hub, device } = this.network;
    const realm = await FaultRealm.make(this.folder);
    // A clock that is a day behind must find no certificate valid yet.
    const ca = await LocalCa.open(this.file("ca"), () => new Date(Date.now() + 43_200_000));
    const listener = { address: ADDRESS.broker, port: BROKER_PORT, host: "broker.test" };
    const startBroker = async () => {
      this.broker = await PlacedBroker.start(this.file("broker"), ca, listener, hub.place);
    };
    [this.proxy] = await Promise.all([
      PlacedProxy.start(hub, ADDRESS.proxy, "hula", realm.logins()),
      startDeviceSshd(device, this.folder),
      ...(withoutBroker ? [] : [startBroker()]),
    ]);
    const pinned = this.#pinnedProxy();
    await this.proxy.host.switchTo(await realm.files(pinned));
    const broker = withoutBroker ? undefined : { url: `mqtts://broker.test:${BROKER_PORT}`, ca };
    for (const name of CONTROLLERS) await realm.enroll(name, pinned, broker);
    this.#profile = await realm.enroll(DEVICE, pinned, broker);
    if (clock !== undefined) await this.setClock(clock);
    this.#startAgent(device, this.#profile, clock !== undefined);
    await this.until(() => this.standing() !== undefined, 20);
  }

  readonly #pinnedProxy = (): PinnedProxy => ({
    host: "proxy.test",
    port: 22,
    hostKeys: [this.proxy.host.hostKey],
  });

  #startAgent(place: Place, profile: string, withClock = false): void {
    const env = { HOME: this.folder, ...(withClock ? clockOf(this.file("clock")) : {}) };
    superviseAgent(place, profile, env, (text) => {
      this.agentLog += text;
    });
  }

  /** The same tunnel, by the tool that people use for it. */
  async replaceAgentByAutossh(): Promise<void> {
    await this.device.signal("TERM", this.device.pidsOf(/ supervisor /));
    await this.device.signal("TERM", this.agentPids());
    await this.until(() => this.agentPids().length === 0 && !this.isPortHeld(), 20);
    startAutossh(this.device, this.#profile, this.#pinnedProxy(), this.folder);
    await this.until(() => this.isPortHeld(), 20);
  }

  /** How far the device's clock is off, as faketime reads it. */
  setClock(offset: string): Promise<void> {
    return writeFile(this.file("clock"), `${offset}\n`);
  }

  /** Another computer with the device's whole profile. */
  async startClone(): Promise<Place> {
    const clone = await this.network.add(ADDRESS.clone);
    const profile = this.file("clone/warren", DEVICE);
    await cp(this.#profile, profile, {
      recursive: true,
      filter: (path) => !path.endsWith("/s") && !path.includes("/s/") && !path.endsWith("status.json"),
    });
    await startDeviceSshd(clone, this.folder, "clone");
    this.#startAgent(clone, profile);
    return clone;
  }

  readonly agentPids = (): readonly number[] => this.device.pidsOf(/warren-agent\.js run/);
  /** The tunnel's ssh. */
  readonly sshPids = (): readonly number[] => this.device.pidsOf(/^ssh -N -M /);

  /** As the agent says it. */
  standing(): Standing | undefined {
    try {
      const read = readStatus(readFileSync(join(this.#profile, "status.json"), "utf8"));
      return read.ok ? read.value.standing : undefined;
    } catch {
      return undefined;
    }
  }

  async untilOnline(): Promise<void> {
    await this.until(() => this.standing()?.broker === "online", 60);
  }

  /** Where the device can be woken, or its tunnel is up. */
  async untilReachable(): Promise<void> {
    await this.until(() => {
      const standing = this.standing();
      return standing !== undefined && isReachable(standing);
    }, 60);
  }

  /** Waits until it holds; resolves with the seconds that took. */
  until(holds: () => boolean, within: number): Promise<number> {
    return until(holds, within, this.#recentLog);
  }

  /** Seconds until a controller that comes new has run a command on the device. */
  reached(within: number): Promise<number> {
    const visitor = { place: this.visitor, name: CONTROLLERS[1], env: this.#controllerEnv() };
    return reachAnew(visitor, within).catch(this.#withLog);
  }

  /** One that is held from `laptop`. */
  session(): Promise<Session> {
    const laptop = { place: this.laptop, name: CONTROLLERS[0], env: this.#controllerEnv() };
    return openSession(laptop).catch(this.#withLog);
  }

  /** Opens the tunnel from `laptop` for a minute, and puts nobody in it. */
  async wake(): Promise<undefined> {
    await wakeOnly({ place: this.laptop, name: CONTROLLERS[0], env: this.#controllerEnv() });
    await this.until(() => this.standing()?.tunnel === "up", 20);
  }

  readonly #recentLog = (): string => this.agentLog.slice(-3_000);

  readonly #withLog = (error: unknown): never => {
    throw new Error(`${causeOf(error)}\n${this.#recentLog()}`);
  };

  readonly #controllerEnv = (): NodeJS.ProcessEnv => ({
    PATH,
    HOME: this.folder,
    XDG_CONFIG_HOME: this.file("config"),
  });

  readonly isPortHeld = (): boolean => this.proxy.holds(TUNNEL_PORT);

  /** What is there that should not be, once nobody uses the device. */
  leftovers(): readonly string[] {
    const { broker, tunnel, leases } = this.standing() ?? {};
    // A tunnel that is always up: its ssh, and its session's monitor and server.
    const lasts = broker === "none";
    const expected = [
      /^\/usr\/sbin\/sshd -D|^sshd: \/usr\/sbin\/sshd/,
      / supervisor /,
      /warren-agent\.js run/,
      ...(lasts ? [/^ssh -N -M /, /warren-watchdog/] : []),
    ];
    const strangers = [...this.device.processes().values()].filter(
      (line) => !expected.some((pattern) => pattern.test(line)),
    );
    return [
      ...strangers.map((line) => `process on the device: ${line}`),
      ...(this.agentPids().length === 2 ? [] : [`${this.agentPids().length} supervisor and agent`]),
      ...this.proxy
        .sessions("hula")
        .slice(lasts ? 2 : 0)
        .map((pid) => `session ${pid} on the proxy`),
      ...(this.isPortHeld() && !lasts ? ["the device's port on the proxy"] : []),
      ...(leases === 0 ? [] : [`${leases} leases`]),
      ...((lasts ? tunnel === "up" : broker === "online" && tunnel === "down")
        ? []
        : [`broker ${broker}, tunnel ${tunnel}`]),
      ...(existsSync(join(this.#profile, "s/agent")) && !lasts ? ["the tunnel's socket"] : []),
    ];
  }

  async close(): Promise<void> {
    await this.proxy?.stop();
    await this.network?.stop();
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
