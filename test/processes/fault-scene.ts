import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { chmod, cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { LocalCa } from "../../adapters/local-ca/ca.ts";
import { makeKey } from "../../adapters/openssh/keygen.ts";
import { signWithKey } from "../../adapters/openssh/signatures.ts";
import { makeRequest, makeX509Key } from "../../adapters/x509/request.ts";
import { type KeyGrant, printAuthorizedKeys } from "../../core/access/authorized-keys.ts";
import { type Directory, printDirectory } from "../../core/access/directory.ts";
import { readStatus } from "../../core/computer/agent-status.ts";
import { subjectNameOf } from "../../core/computer/enrollment.ts";
import { type Profile, printProfile } from "../../core/computer/profile.ts";
import type { KeyLine } from "../../core/keys/key-line.ts";
import type { Standing } from "../../core/tunnel/standing.ts";
import { id } from "../made/access.ts";
import { keyOf } from "./clients.ts";
import { Place, processesOf, Switch } from "./place.ts";
import { startPreparedProxy } from "./prepared-proxy.ts";
import type { StockProxy } from "./stock-proxy.ts";

export const DEVICE = "333.hula.atlas";
const CONTROLLERS = ["controller-a.hula.atlas", "controller-b.hula.atlas"] as const;
const SUFFIX = ".tunnels.example.org";
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
const TUNNEL_PORT = 61333;
/** systemd's RestartSec of the unit. */
const RESTART_S = 5;
const AGENT = resolve("dist/warren-agent.js");
const WARREN = resolve("dist/warren.js");
const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const ATTEMPT_S = 25;

/** An ssh session through the tunnel, held by `laptop`. */
export interface Session {
  /** Says a line to the far end; resolves with its answer. */
  echo(line: string): Promise<string>;
  readonly ended: Promise<unknown>;
}

/** A realm of separate computers on one switch: a device, its proxy, its broker (on the switch itself), two controllers. */
export class FaultScene {
  readonly folder: string;
  hub!: Switch;
  device!: Place;
  /** Holds sessions. */
  laptop!: Place;
  /** Comes anew each time, as if it had never been there. */
  visitor!: Place;
  proxy!: StockProxy;
  #proxyNet!: Place;
  #ca!: LocalCa;
  #signer!: KeyLine;
  #broker: ChildProcess | undefined;
  readonly #more: Place[] = [];
  /** What agent and broker wrote. */
  agentLog = "";
  brokerLog = "";

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
    [this.device, this.laptop, this.visitor, this.#proxyNet] = await Promise.all([
      Place.make(resolver ? asked : known),
      Place.make(known),
      Place.make(known),
      Place.make(),
    ]);
    await this.hub.wire(this.device, ADDRESS.device);
    await this.hub.wire(this.laptop, ADDRESS.laptop);
    await this.hub.wire(this.visitor, ADDRESS.visitor);
    await this.hub.wire(this.#proxyNet, ADDRESS.proxy);
    if (resolver) await this.startNameServer();
    const keys = new Map<string, KeyLine>();
    for (const name of [DEVICE, ...CONTROLLERS]) keys.set(name, await keyOf(this.folder, name));
    this.#signer = await keyOf(this.folder, "signer");
    // A clock that is a day behind must find no certificate valid yet.
    this.#ca = await LocalCa.open(this.file("ca"), () => new Date(Date.now() + 43_200_000));
    await Promise.all([this.#startProxy(keys), this.startBroker(true), this.#startSshd()]);
    await this.#enroll(this.device, DEVICE);
    await this.#enroll(this.laptop, CONTROLLERS[0]);
    await this.#enroll(this.visitor, CONTROLLERS[1]);
    if (clock !== undefined) await this.setClock(clock);
    this.startAgent(this.device, this.file("config/warren", DEVICE), clock !== undefined);
    await this.until(() => this.standing() !== undefined, 20);
  }

  async #startProxy(keys: ReadonlyMap<string, KeyLine>): Promise<void> {
    const key = (name: string): KeyLine => keys.get(name) as KeyLine;
    const grants: readonly KeyGrant[] = [
      { role: "device", computer: id(DEVICE), key: key(DEVICE), port: TUNNEL_PORT },
      ...CONTROLLERS.map(
        (name): KeyGrant => ({
          role: "controller",
          computer: id(name),
          key: key(name),
          opens: [TUNNEL_PORT],
        }),
      ),
    ];
    const files = new Map([["authorized_keys/hula", printAuthorizedKeys(grants)]]);
    const network = () => this.#proxyNet.network;
    this.proxy = await startPreparedProxy({ systems: ["hula"], files, network });
    const hostKey = await makeKey(this.file("host"));
    const directory: Directory = {
      format: 1,
      realm: "atlas",
      system: "hula",
      sequence: 1,
      proxy: { name: "eu", ...this.#pinnedProxy() },
      login: ["root"],
      legacy: false,
      devices: { 333: { port: TUNNEL_PORT, hostKeys: [hostKey] } },
      controllers: Object.fromEntries(
        CONTROLLERS.map((name) => [name.split(".")[0] ?? "", { keys: [{ key: key(name).line }] }]),
      ),
    };
    const text = printDirectory(directory);
    files.set("directory/hula.json", text);
    files.set("directory/hula.json.sig", await signWithKey(this.file("signer"), "warren-directory", text));
    await this.proxy.switchTo(files);
  }

  readonly #pinnedProxy = () => ({ host: "proxy.test", port: 22, hostKeys: [this.proxy.hostKey] });

  /** The device's own. */
  async #startSshd(): Promise<void> {
    await this.until(() => existsSync(this.file("host.pub")), 60);
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

  /** Mosquitto, by mutual TLS. */
  async startBroker(first = false): Promise<void> {
    if (first) {
      const { keyPem, certPem } = await this.#ca.serverCertificate(["broker.test"]);
      await writeFile(this.file("broker.key"), keyPem);
      await writeFile(this.file("broker.pem"), certPem);
      const settings = [
        "user root",
        "log_type all",
        "log_dest stderr",
        "set_tcp_nodelay true",
        `listener ${BROKER_PORT} ${ADDRESS.broker}`,
        `cafile ${this.file("ca/ca.pem")}`,
        `certfile ${this.file("broker.pem")}`,
        `keyfile ${this.file("broker.key")}`,
        "require_certificate true",
        "use_identity_as_username true",
      ];
      await writeFile(this.file("mosquitto.conf"), `${settings.join("\n")}\n`);
    }
    const broker = this.hub.place.start(["/usr/sbin/mosquitto", "-c", this.file("mosquitto.conf")]);
    this.#broker = broker;
    const from = this.brokerLog.length;
    broker.stderr?.on("data", (chunk: Buffer) => {
      this.brokerLog += chunk.toString("utf8");
    });
    await this.until(() => this.brokerLog.slice(from).includes("mosquitto version"), 20);
  }

  async killBroker(): Promise<void> {
    const broker = this.#broker;
    if (broker === undefined) return;
    const ended = once(broker, "exit");
    await this.hub.place.signal("KILL", this.hub.place.pidsOf(/^\/usr\/sbin\/mosquitto/));
    await ended;
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

  /** What `warren enroll` leaves behind. */
  async #enroll(_: Place, name: string): Promise<void> {
    const profile = this.file("config/warren", name);
    await mkdir(profile, { recursive: true, mode: 0o700 });
    await cp(this.file(name), join(profile, "identity"));
    const key = makeX509Key();
    const clientId = `${name}${SUFFIX}`;
    await writeFile(join(profile, "x509.key"), key);
    const pem = await this.#ca.sign(makeRequest(key, subjectNameOf(id(name), SUFFIX)));
    await writeFile(join(profile, "x509.pem"), pem);
    const device = {
      sshd: { host: "127.0.0.1", port: 22 },
      authorizedKeys: { root: this.file("authorized_keys") },
    };
    const text: Profile = {
      format: 1,
      id: name,
      repository: "wildlife/atlas",
      proxy: this.#pinnedProxy(),
      signers: [this.#signer.line],
      broker: { url: `mqtts://broker.test:${BROKER_PORT}`, clientId, ca: this.#ca.certPem },
      ...(name === DEVICE ? { device } : {}),
    };
    await writeFile(join(profile, "profile.json"), printProfile(text));
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
    await cp(this.file("config/warren", DEVICE), profile, {
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
  /** On the proxy: monitors and servers of all sessions. */
  readonly sessionPids = (): readonly number[] =>
    [...processesOf(this.proxy.pid)].filter(([, line]) => /^sshd: hula/.test(line)).map(([pid]) => pid);

  /** Those that serve the device's sessions, and hold its port. */
  async deviceServers(): Promise<readonly number[]> {
    const grep = ["grep", "-rlxF", "-e", DEVICE, "/run/warren/sessions"];
    const { stdout } = await this.proxy.run(grep);
    const monitors = stdout.split("\n").flatMap((path) => /\/(\d+)\.\d+$/.exec(path)?.[1] ?? []);
    const children = monitors.map((pid) => `/proc/${this.proxy.pid}/root/proc/${pid}/task/${pid}/children`);
    return children.flatMap((path) =>
      existsSync(path) ? readFileSync(path, "utf8").trim().split(" ").map(Number) : [],
    );
  }

  /** As the agent says it. */
  standing(): Standing | undefined {
    try {
      const read = readStatus(readFileSync(this.file("config/warren", DEVICE, "status.json"), "utf8"));
      return read.ok ? read.value.standing : undefined;
    } catch {
      return undefined;
    }
  }

  async untilOnline(): Promise<void> {
    await this.until(() => this.standing()?.broker === "online", 60);
  }

  /** Waits until it holds; resolves with the seconds that took. */
  async until(holds: () => boolean, within: number): Promise<number> {
    const began = performance.now();
    while (!holds()) {
      if (performance.now() - began > within * 1000) {
        throw new Error(`does not hold after ${within} s: ${holds}\n${this.agentLog.slice(-2_000)}`);
      }
      await pause(50);
    }
    return (performance.now() - began) / 1000;
  }

  /** Seconds until a controller that comes new has run a command on the device, by `warren connect`. */
  async reached(within: number): Promise<number> {
    const began = performance.now();
    const words = ["connect", "--as", CONTROLLERS[1], `root@${DEVICE}`, "--", "echo", "reached"];
    for (;;) {
      const attempt = ["timeout", "-k", "2", String(ATTEMPT_S), process.execPath, WARREN, ...words];
      const { status, stdout, stderr } = await this.visitor.run(attempt, this.#controllerEnv());
      const seconds = (performance.now() - began) / 1000;
      // Nothing of it helps or hinders the next attempt.
      await this.visitor.clear();
      if (status === 0 && stdout === "reached\n") return seconds;
      if (seconds > within)
        throw new Error(`not reached within ${within} s: ${stderr}\n${this.agentLog.slice(-3_000)}`);
    }
  }

  async session(): Promise<Session> {
    const far = 'echo open; while read -r line; do echo "heard $line"; done';
    const words = [process.execPath, WARREN, "connect", "--as", CONTROLLERS[0], `root@${DEVICE}`, "--", far];
    const child = this.laptop.start(words, this.#controllerEnv());
    let [said, complained] = ["", ""];
    child.stdout?.on("data", (chunk: Buffer) => {
      said += chunk.toString("utf8");
    });
    child.stderr?.on("data", (chunk: Buffer) => {
      complained += chunk.toString("utf8");
    });
    child.stdin?.on("error", () => {});
    const ended = once(child, "exit");
    await this.until(() => said.includes("open\n") || child.exitCode !== null, 40);
    if (!said.includes("open\n"))
      throw new Error(`no session: ${complained}\n${this.agentLog.slice(-2_000)}`);
    return {
      ended,
      echo: async (line) => {
        child.stdin?.write(`${line}\n`);
        await this.until(() => said.includes(`heard ${line}\n`), 30);
        return said.split("\n").at(-2) ?? "";
      },
    };
  }

  readonly #controllerEnv = (): NodeJS.ProcessEnv => ({
    PATH,
    HOME: this.folder,
    XDG_CONFIG_HOME: this.file("config"),
  });

  /** Ends sshd and its sessions without a word to anybody: their network is gone before them, and comes back empty. */
  async rebootProxy(): Promise<void> {
    await this.#proxyNet.must("ip", "link", "set", "eth0", "down");
    await this.proxy.restart(async () => {
      await this.#proxyNet.stop();
      this.#proxyNet = await Place.make();
      await this.hub.wire(this.#proxyNet, ADDRESS.proxy);
    });
  }

  /** Whether the device's port on the proxy is held, whoever holds it. */
  isPortHeld(): boolean {
    const sockets = readFileSync(`/proc/${this.#proxyNet.pid}/net/tcp`, "latin1");
    const address = `0100007F:${TUNNEL_PORT.toString(16).toUpperCase()} 00000000:0000 0A`;
    return sockets.includes(address);
  }

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
      ...this.sessionPids().map((pid) => `session ${pid} on the proxy`),
      ...(this.isPortHeld() ? ["the device's port on the proxy"] : []),
      ...(leases === 0 ? [] : [`${leases} leases`]),
      ...(broker === "online" && tunnel === "down" ? [] : [`broker ${broker}, tunnel ${tunnel}`]),
      ...(existsSync(this.file("config/warren", DEVICE, "s/agent")) ? ["the tunnel's socket"] : []),
    ];
  }

  async close(): Promise<void> {
    await this.proxy?.stop();
    for (const place of [
      ...this.#more,
      this.device,
      this.laptop,
      this.visitor,
      this.#proxyNet,
      this.hub?.place,
    ]) {
      await place?.stop();
    }
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** All programs of that computer look at the file for what the time is; timers are left alone. */
const clockOf = (file: string): NodeJS.ProcessEnv => ({
  LD_PRELOAD: "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
  FAKETIME_TIMESTAMP_FILE: file,
  FAKETIME_NO_CACHE: "1",
  FAKETIME_DONT_FAKE_MONOTONIC: "1",
});
