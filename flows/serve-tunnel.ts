import type { Directory } from "../core/access/directory.ts";
import type { Profile } from "../core/computer/profile.ts";
import type { PinnedProxy } from "../core/computer/ssh-config.ts";
import { causeOf, Failure, unavailable } from "../core/failure.ts";
import { type ComputerId, formatId } from "../core/names.ts";
import type {
  Bus,
  Clock,
  DirectoryStore,
  LoginKeys,
  ProxyDesk,
  SignatureCheck,
  TunnelProcess,
  TunnelTarget,
} from "../core/ports.ts";
import { controlTopic, parseControl, stateTopic } from "../core/tunnel/messages.ts";
import { authorize } from "./authorize.ts";
import { freshDirectory, knownDirectory, type Pinned } from "./known-directory.ts";
import { type Stopwatch, TunnelDriver } from "./tunnel-driver.ts";

export interface ServePorts {
  readonly clock: Clock;
  readonly stopwatch: Stopwatch;
  readonly tunnel: TunnelProcess;
  readonly signatures: SignatureCheck;
  readonly store: DirectoryStore;
  readonly loginKeys: LoginKeys;
  deskAt(proxy: PinnedProxy): ProxyDesk;
  random(): number;
  log(message: string): void;
  /** Called whenever the device has become reachable: it can be woken, or its tunnel is up. */
  ready(): void;
}

/** A connection to the broker that comes and goes by itself. */
export interface DeviceBus extends Bus {
  /** Called at each change, and at once with what holds now. */
  onLink(heard: (link: "online" | "offline") => void): void;
}

export interface Device {
  readonly id: ComputerId;
  readonly profile: Profile;
  /** New at each start, random. */
  readonly boot: string;
}

type Question = Parameters<ProxyDesk["ask"]>[0];

/** A wake-up waits this long for the newest controllers; then the ones of the last directory must do. */
const PATIENCE = 2_000;
/** A device that nobody wakes still learns within about an hour whom to let in. */
const REFRESH_EVERY = 3_600_000;

/** Serves until stopped: listens on its control topic, and opens and closes the tunnel as its leases say. */
export class TunnelServer {
  readonly #ports: ServePorts;
  readonly #device: Device;
  readonly #bus: DeviceBus | undefined;
  readonly #driver: TunnelDriver;
  #directory: Directory | undefined;
  /** Where the tunnel stands. */
  #standing: TunnelTarget | undefined;
  #refreshing: Promise<Directory | undefined> | undefined;
  #callOff: () => void = () => {};

  /** Without a bus the tunnel is always up. */
  constructor(ports: ServePorts, device: Device, bus: DeviceBus | undefined) {
    this.#ports = ports;
    this.#device = device;
    this.#bus = bus;
    const { stopwatch, random, log, tunnel } = ports;
    const driven = {
      stopwatch,
      random,
      log,
      open: () => this.#open(),
      close: () => this.#close(),
      busy: () => tunnel.busy(),
      publish: (payload: string) => this.#publish(payload),
      woken: () => void this.#refresh(),
    };
    this.#driver = new TunnelDriver(driven, device.boot, bus !== undefined);
  }

  async start(): Promise<void> {
    const { tunnel, store, signatures } = this.#ports;
    this.#directory = await knownDirectory({ store, signatures }, this.#pinned());
    tunnel.onDown((why) => this.#lost(why));
    this.#refreshRegularly();
    this.#driver.tell({ kind: "tick" });
    this.#bus?.onLink((link) => void this.#linkChanged(link));
  }

  async stop(): Promise<void> {
    this.#driver.stop();
    this.#callOff();
    await this.#ports.tunnel.close();
    await this.#bus?.close();
  }

  async #linkChanged(link: "online" | "offline"): Promise<void> {
    const { log } = this.#ports;
    log(`broker is ${link}`);
    if (link === "offline") return this.#driver.tell({ kind: "broker-offline" });
    try {
      await this.#bus?.subscribe(controlTopic(this.#device.id), this.#hear);
      this.#driver.tell({ kind: "broker-online" });
      this.#ports.ready();
    } catch (error) {
      log(`broker did not grant the control topic: ${causeOf(error)}`);
    }
  }

  readonly #hear = (payload: string): void =>
    this.#driver.tell({ kind: "heard", message: parseControl(payload) });

  #publish(payload: string): void {
    this.#bus
      ?.publish(stateTopic(this.#device.id), payload)
      .catch((error: unknown) => this.#ports.log(`state was not published: ${causeOf(error)}`));
  }

  async #open(): Promise<number> {
    const fresh = this.#refresh();
    const first = this.#targetIn(this.#directory ?? (await fresh));
    if (first === undefined) {
      throw unavailable("proxy", new Error(`it gave no directory that names ${formatId(this.#device.id)}`));
    }
    const { tunnel, stopwatch, ready } = this.#ports;
    let target = await this.#openAt(first, fresh);
    await Promise.race([fresh, new Promise<void>((done) => stopwatch.after(PATIENCE, done))]);
    const newest = this.#targetIn(this.#directory) ?? target;
    if (!sameTarget(newest, target)) {
      await tunnel.close();
      await tunnel.open(newest);
      target = newest;
    }
    this.#standing = target;
    ready();
    return target.port;
  }

  #close(): Promise<void> {
    this.#standing = undefined;
    return this.#ports.tunnel.close();
  }

  #lost(why: string): void {
    this.#standing = undefined;
    this.#driver.lost(why);
  }

  /** Controllers look where the newest directory says: a tunnel that stands elsewhere moves, once nobody is in it. */
  async #followMove(directory: Directory): Promise<void> {
    const [standing, wanted] = [this.#standing, this.#targetIn(directory)];
    if (standing === undefined || wanted === undefined || sameTarget(standing, wanted)) return;
    if (await this.#ports.tunnel.busy().catch(() => true)) return;
    // It may have gone down or been closed meanwhile.
    if (this.#standing !== standing) return;
    await this.#close();
    this.#lost(`it belongs on ${wanted.proxy.host} port ${wanted.port} by now`);
  }

  /** Refused, it asks for the newest directory, or has its own older tunnel ended, and tries once more. */
  async #openAt(target: TunnelTarget, fresh: Promise<Directory | undefined>): Promise<TunnelTarget> {
    const { tunnel, deskAt, log } = this.#ports;
    try {
      await tunnel.open(target);
      return target;
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== "refused") throw error;
      const newer = this.#targetIn(await fresh) ?? target;
      if (sameTarget(newer, target)) {
        log(`${causeOf(error)}; asking for the release of an older tunnel`);
        await deskAt(target.proxy)
          .ask("release")
          .catch(() => {
            throw error;
          });
      }
      await tunnel.open(newer);
      return newer;
    }
  }

  /** Asks for the directory, at most once at a time, and lets its controllers in. Never rejects. */
  #refresh(): Promise<Directory | undefined> {
    this.#refreshing ??= this.#askDirectory()
      .catch((error: unknown) => {
        this.#ports.log(causeOf(error));
        return undefined;
      })
      .finally(() => {
        this.#refreshing = undefined;
      });
    return this.#refreshing;
  }

  async #askDirectory(): Promise<Directory> {
    const { store, signatures, loginKeys, clock, log } = this.#ports;
    const { profile } = this.#device;
    const asked = { ask: (question: Question) => this.#askProxy(question) };
    const directory = await freshDirectory({ store, signatures }, asked, this.#pinned(), this.#directory);
    this.#directory = directory;
    const accounts = Object.keys(profile.device?.authorizedKeys ?? {});
    const changed = await authorize(loginKeys, accounts, directory, clock.now());
    if (changed.length > 0)
      log(`authorized_keys of ${changed.join(", ")} follow directory ${directory.sequence}`);
    await this.#followMove(directory);
    return directory;
  }

  /** The proxy of the last directory, and if that is gone the one of the enrolment, which may know of a move. */
  async #askProxy(question: Question): Promise<string> {
    const { deskAt, log } = this.#ports;
    const { proxy } = this.#device.profile;
    const last = this.#directory?.proxy ?? proxy;
    try {
      return await deskAt(last).ask(question);
    } catch (error) {
      if (last.host === proxy.host && last.port === proxy.port) throw error;
      log(causeOf(error));
      return await deskAt(proxy).ask(question);
    }
  }

  #refreshRegularly(): void {
    void this.#refresh();
    const pause = REFRESH_EVERY * (0.75 + this.#ports.random() / 2);
    this.#callOff = this.#ports.stopwatch.after(pause, () => this.#refreshRegularly());
  }

  #targetIn(directory: Directory | undefined): TunnelTarget | undefined {
    const entry = directory?.devices[this.#device.id.computer];
    if (directory === undefined || entry === undefined) return undefined;
    return { proxy: directory.proxy, port: entry.port };
  }

  #pinned(): Pinned {
    return { id: this.#device.id, signers: this.#device.profile.signers };
  }
}

const sameTarget = (a: TunnelTarget, b: TunnelTarget): boolean =>
  a.proxy.host === b.proxy.host && a.proxy.port === b.proxy.port && a.port === b.port;
