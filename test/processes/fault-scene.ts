import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { chmod, cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { LocalCa } from "../../adapters/local-ca/ca.ts";
import { readStatus } from "../../core/computer/agent-status.ts";
import { type PinnedProxy, sshToProxy } from "../../core/computer/ssh-config.ts";
import { causeOf } from "../../core/failure.ts";
import type { Standing } from "../../core/tunnel/standing.ts";
import { good, id } from "../made/access.ts";
import { openSession, reachAnew, type Session, until, wakeOnly } from "./fault-controller.ts";
import { CONTROLLERS, DEVICE, FaultRealm, TUNNEL_PORT } from "./fault-realm.ts";
import { Place, Switch } from "./place.ts";
import { PlacedBroker } from "./placed-broker.ts";
import { PlacedProxy } from "./placed-proxy.ts";

const ADDRESS = {
  broker: "10.9.0.1",
  device: "10.9.0.2",
  proxy: "10.9.0.3",
  laptop: "10.9.0.4",
  visitor: "10.9.0.5",
  clone: "10.9.0.6",
} as const;
const NAMES = { "broker.test": ADDRESS.broker, "proxy.test": ADDRESS.proxy } as const;
export const BROKER_PORT = 8883;
/** systemd's RestartSec of the unit. */
const RESTART_S = 5;
const AGENT = resolve("dist/warren-agent.js");
const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** A realm of separate computers on one switch: a device, its proxy, its broker (on the switch itself), two controllers. */
export class FaultScene {
  readonly folder: string;
  hub!: Switch;
  device!: Place;
  /** Holds sessions. */
  laptop!: Place;
  /** Comes anew each time, as if it had never been there. */
  visitor!: Place;
  proxy!: PlacedProxy;
  broker!: PlacedBroker;
  #profile!: string;
  readonly #more: Place[] = [];
  /** What the agents wrote. */
  agentLog = "";

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** `resolver`: the device asks a name server on the switch. `clock`: what its programs are to believe, as faketime reads it. */
  static async set({
    resolver = false,
    clock,
  }: {
    resolver?: boolean;
    clock?: string;
  } = {}): Promise<FaultScene> {
    const folder = await mkdtemp(join(tmpdir(), "warren-fault-"));
    await chmod(folder, 0o755);
    const scene = new FaultScene(folder);
    try {
      await scene.#build(resolver, clock);
    } catch (error) {
      await scene.close();
      throw error;
    }
    return scene;
  }

  file(...names: readonly string[]): string {
    return join(this.folder, ...names);
  }

  async #build(resolver: boolean, clock: string | undefined): Promise<void> {
    const hosts = Object.entries(NAMES).map(([name, address]) => `${address} ${name}\n`);
    await writeFile(this.file("hosts"), `127.0.0.1 localhost\n${hosts.join("")}`);
    await writeFile(this.file("no-hosts"), "127.0.0.1 localhost\n");
    await writeFile(this.file("resolv.conf"), `nameserver ${ADDRESS.broker}\n`);
    const known = { "/etc/hosts": this.file("hosts") };
    const asked = { "/etc/hosts": this.file("no-hosts"), "/etc/resolv.conf": this.file("resolv.conf") };
    this.hub = await Switch.make(ADDRESS.broker);
    [this.device, this.laptop, this.visitor] = await Promise.all([
      Place.make(resolver ? asked : known),
      Place.make(known),
      Place.make(known),
    ]);
    for (const name of ["device", "laptop", "visitor"] as const)
      await this.hub.wire(this[name], ADDRESS[name]);
    if (resolver) await this.startNameServer();
    const realm = await FaultRealm.make(this.folder);
    // A clock that is a day behind must find no certificate valid yet.
    const ca = await LocalCa.open(this.file("ca"), () => new Date(Date.now() + 43_200_000));
    const listener = { address: ADDRESS.broker, port: BROKER_PORT, host: "broker.test" };
    [this.proxy, this.broker] = await Promise.all([
      PlacedProxy.start(this.hub, ADDRESS.proxy, "hula", realm.logins()),
      PlacedBroker.start(this.file("broker"), ca, listener, this.hub.place),
      this.#startSshd(),
    ]);
    const pinned = this.#pinnedProxy();
    await this.proxy.host.switchTo(await realm.files(pinned));
    const url = `mqtts://broker.test:${BROKER_PORT}`;
    for (const name of CONTROLLERS) await realm.enroll(name, pinned, url, ca);
    this.#profile = await realm.enroll(DEVICE, pinned, url, ca);
    if (clock !== undefined) await this.setClock(clock);
    this.startAgent(this.device, this.#profile, clock !== undefined);
    await this.until(() => this.standing() !== undefined, 20);
  }

  readonly #pinnedProxy = (): PinnedProxy => ({
    host: "proxy.test",
    port: 22,
    hostKeys: [this.proxy.host.hostKey],
  });

  /** The device's own. */
  async #startSshd(): Promise<void> {
    const settings = [
      "ListenAddress 127.0.0.1",
      `HostKey ${this.file("host")}`,
      `PidFile ${this.file("sshd.pid")}`,
      `AuthorizedKeysFile ${this.file("authorized_keys")}`,
      "AuthenticationMethods publickey",
      "PermitRootLogin prohibit-password",
      "StrictModes no",
      "UsePAM no",
    ];
    await writeFile(this.file("sshd_config"), `${settings.join("\n")}\n`);
    this.device.start(["/usr/sbin/sshd", "-D", "-f", this.file("sshd_config")]);
    await this.until(() => existsSync(this.file("sshd.pid")), 20);
  }

  async startNameServer(): Promise<void> {
    const names = Object.entries(NAMES).map(([name, address]) => `${name}=${address}`);
    const server = this.hub.place.start([
      process.execPath,
      resolve("test/processes/name-server.mjs"),
      ...names,
    ]);
    if (server.stdout !== null) await once(server.stdout, "data");
  }

  killNameServer(): Promise<void> {
    return this.hub.place.signal("KILL", this.hub.place.pidsOf(/name-server\.mjs/));
  }

  /** Under a loop that does as systemd does with Restart=always. */
  startAgent(place: Place, profile: string, withClock = false): void {
    const loop = `while :; do "$@"; sleep ${RESTART_S}; done`;
    const agent = [process.execPath, AGENT, "run", "--profile", profile];
    const child = place.start(["sh", "-c", loop, "supervisor", ...agent], {
      PATH,
      HOME: this.folder,
      ...(withClock ? clockOf(this.file("clock")) : {}),
    });
    child.stdout?.resume();
    child.stderr?.on("data", (chunk: Buffer) => {
      this.agentLog += chunk.toString("utf8");
    });
  }

  /** The same tunnel, by the tool that people use for it. */
  async replaceAgentByAutossh(): Promise<void> {
    await this.device.signal("TERM", this.device.pidsOf(/ supervisor /));
    await this.device.signal("TERM", this.agentPids());
    await this.until(() => this.agentPids().length === 0 && !this.isPortHeld(), 20);
    const file = (name: string) => join(this.#profile, name);
    const files = { identity: file("identity"), knownHosts: file("known_hosts") };
    const to = good(sshToProxy(id(DEVICE), this.#pinnedProxy(), files));
    const forward = ["-N", "-o", "ExitOnForwardFailure=yes", "-R", `127.0.0.1:${TUNNEL_PORT}:127.0.0.1:22`];
    this.device.start(["autossh", "-M", "0", ...forward, ...to], {
      PATH,
      HOME: this.folder,
      AUTOSSH_GATETIME: "0",
    });
    await this.until(() => this.isPortHeld(), 20);
  }

  /** How far the device's clock is off, as faketime reads it. */
  setClock(offset: string): Promise<void> {
    return writeFile(this.file("clock"), `${offset}\n`);
  }

  /** Another computer with the device's whole profile. */
  async startClone(): Promise<Place> {
    const clone = await Place.make({ "/etc/hosts": this.file("hosts") });
    this.#more.push(clone);
    await this.hub.wire(clone, ADDRESS.clone);
    const profile = this.file("clone/warren", DEVICE);
    await cp(this.#profile, profile, {
      recursive: true,
      filter: (path) => !path.endsWith("/s") && !path.includes("/s/") && !path.endsWith("status.json"),
    });
    clone.start([
      "/usr/sbin/sshd",
      "-D",
      "-f",
      this.file("sshd_config"),
      "-o",
      `PidFile=${this.file("clone.pid")}`,
    ]);
    this.startAgent(clone, profile);
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
    const expected = [
      /^\/usr\/sbin\/sshd -D|^sshd: \/usr\/sbin\/sshd/,
      / supervisor /,
      /warren-agent\.js run/,
    ];
    const strangers = [...this.device.processes().values()].filter(
      (line) => !expected.some((pattern) => pattern.test(line)),
    );
    return [
      ...strangers.map((line) => `process on the device: ${line}`),
      ...(this.agentPids().length === 2 ? [] : [`${this.agentPids().length} supervisor and agent`]),
      ...this.proxy.sessions("hula").map((pid) => `session ${pid} on the proxy`),
      ...(this.isPortHeld() ? ["the device's port on the proxy"] : []),
      ...(leases === 0 ? [] : [`${leases} leases`]),
      ...(broker === "online" && tunnel === "down" ? [] : [`broker ${broker}, tunnel ${tunnel}`]),
      ...(existsSync(join(this.#profile, "s/agent")) ? ["the tunnel's socket"] : []),
    ];
  }

  async close(): Promise<void> {
    await this.proxy?.stop();
    for (const place of [...this.#more, this.device, this.laptop, this.visitor, this.hub?.place]) {
      await place?.stop();
    }
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** All programs of that computer look at the file for what the time is; timers are left alone. */
const clockOf = (file: string): NodeJS.ProcessEnv => ({
  LD_PRELOAD: libfaketime(),
  FAKETIME_TIMESTAMP_FILE: file,
  FAKETIME_NO_CACHE: "1",
  FAKETIME_DONT_FAKE_MONOTONIC: "1",
});

/** Debian keeps it in a folder of the machine's architecture. */
function libfaketime(): string {
  const paths = readdirSync("/usr/lib").map((folder) => `/usr/lib/${folder}/faketime/libfaketime.so.1`);
  const path = paths.find((one) => existsSync(one));
  if (path === undefined) throw new Error("libfaketime is not installed");
  return path;
}
