import type { Directory } from "../core/access/directory.ts";
import type { Profile } from "../core/computer/profile.ts";
import { causeOf, Failure, unavailable } from "../core/failure.ts";
import { type ComputerId, formatId } from "../core/names.ts";
import type { Bus } from "../core/ports/bus.ts";
import type { TunnelProcess, TunnelTarget } from "../core/ports/tunnel.ts";
import { controlTopic, parseControl, stateTopic } from "../core/tunnel/messages.ts";
import type { Standing } from "../core/tunnel/standing.ts";
import { DirectoryKeeper, type KeepDirectoryPorts } from "./keep-directory.ts";
import { PresenceTeller } from "./tell-presence.ts";
import { TunnelDriver } from "./tunnel-driver.ts";

export interface ServePorts extends KeepDirectoryPorts {
  readonly tunnel: TunnelProcess;
  /** Called at each change of how the device stands. */
  stands(standing: Standing): void;
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

/** A wake-up waits this long for the newest controllers; then the ones of the last directory must do. */
const PATIENCE = 2_000;

/** Serves until stopped: listens on its control topic, and opens and closes the tunnel as its leases say. */
export class TunnelServer {
  readonly #ports: ServePorts;
  readonly #device: Device;
  readonly #bus: DeviceBus | undefined;
  readonly #driver: TunnelDriver;
  readonly #keeper: DirectoryKeeper;
  /** Only where the broker's policies allow it: one forbidden publish closes the connection. */
  readonly #presence: PresenceTeller | undefined;
  /** The opening under way; once it is given up, whatever it still waits for must open nothing. */
  #attempt: object | undefined;
  /** Where the tunnel ends at this moment. */
  #standsAt: TunnelTarget | undefined;

  /** Without a bus the tunnel is always up. */
  constructor(ports: ServePorts, device: Device, bus: DeviceBus | undefined) {
    this.#ports = ports;
    this.#device = device;
    this.#bus = bus;
    const { id, profile } = device;
    this.#keeper = new DirectoryKeeper(ports, { id, signers: profile.signers }, profile, (directory) =>
      this.#followMove(directory),
    );
    const { clock, stopwatch, random, log, trouble, tunnel } = ports;
    if (bus !== undefined && profile.broker?.presence === true)
      this.#presence = new PresenceTeller({ clock, stopwatch, bus, trouble }, id, device.boot);
    const driven = {
      stopwatch,
      random,
      log,
      trouble,
      open: () => this.#open(),
      close: () => this.#close(),
      busy: () => tunnel.busy(),
      publish: (payload: string) => this.#publish(payload),
      woken: () => void this.#keeper.refresh(),
      stands: (standing: Standing) => {
        ports.stands(standing);
        this.#presence?.stands(standing);
      },
    };
    this.#driver = new TunnelDriver(driven, device.boot, bus !== undefined);
  }

  async start(): Promise<void> {
    this.#ports.tunnel.onDown((why) => this.#lost(why));
    await this.#keeper.start();
    this.#driver.tell({ kind: "tick" });
    this.#bus?.onLink((link) => void this.#linkChanged(link));
  }

  async stop(): Promise<void> {
    this.#attempt = undefined;
    this.#driver.stop();
    this.#keeper.stop();
    await this.#ports.tunnel.close();
    this.#presence?.leave();
    await this.#bus?.close();
  }

  async #linkChanged(link: "online" | "offline"): Promise<void> {
    const { log, trouble } = this.#ports;
    log(`broker is ${link}`);
    if (link === "offline") return this.#driver.tell({ kind: "broker-offline" });
    try {
      await this.#bus?.subscribe(controlTopic(this.#device.id), this.#hear);
      this.#driver.tell({ kind: "broker-online" });
      this.#ports.ready();
    } catch (error) {
      trouble(`broker did not grant the control topic: ${causeOf(error)}`);
    }
  }

  readonly #hear = (payload: string): void =>
    this.#driver.tell({ kind: "heard", message: parseControl(payload) });

  #publish(payload: string): void {
    this.#bus
      ?.publish(stateTopic(this.#device.id), payload)
      .catch((error: unknown) => this.#ports.trouble(`state was not published: ${causeOf(error)}`));
  }

  async #open(): Promise<number> {
    const attempt = {};
    this.#attempt = attempt;
    const known = this.#keeper.current;
    const directory = known ?? (await this.#keeper.refresh());
    const first = this.#targetIn(directory);
    if (first === undefined) {
      throw unavailable("proxy", new Error(`it gave no directory that names ${formatId(this.#device.id)}`));
    }
    const { tunnel, stopwatch, ready } = this.#ports;
    this.#mustStand(attempt);
    const opening = this.#openAt(first, attempt);
    // Behind the tunnel's own login, to come over its connection: a fleet that is back at once logs in once each. Asked
    // also by a device that has just learned it, for sshd sends small packets at once (TCP_NODELAY) only on a connection
    // on which something was run: every login through the tunnel would wait 40 ms, once or several times.
    const fresh = this.#keeper.refresh();
    let target = await opening;
    const isNews = known !== undefined;
    if (isNews) await Promise.race([fresh, new Promise<void>((done) => stopwatch.after(PATIENCE, done))]);
    this.#mustStand(attempt);
    const newest = this.#targetIn(this.#keeper.current) ?? target;
    if (!sameTarget(newest, target)) {
      await tunnel.close();
      await tunnel.open(newest);
      target = newest;
    }
    this.#standsAt = target;
    ready();
    return target.port;
  }

  #close(): Promise<void> {
    this.#attempt = undefined;
    this.#standsAt = undefined;
    return this.#ports.tunnel.close();
  }

  #lost(why: string): void {
    this.#standsAt = undefined;
    this.#driver.lost(why);
  }

  /** Controllers look where the newest directory says: a tunnel that stands elsewhere moves, once nobody is in it. */
  async #followMove(directory: Directory): Promise<void> {
    const [standing, wanted] = [this.#standsAt, this.#targetIn(directory)];
    if (standing === undefined || wanted === undefined || sameTarget(standing, wanted)) return;
    if (await this.#ports.tunnel.busy().catch(() => true)) return;
    // It may have gone down or been closed meanwhile.
    if (this.#standsAt !== standing) return;
    await this.#close();
    this.#lost(`it belongs on ${wanted.proxy.host} port ${wanted.port} by now`);
  }

  /** Refused, it asks for the newest directory, or has its own older tunnel ended, and tries once more. */
  async #openAt(target: TunnelTarget, attempt: object): Promise<TunnelTarget> {
    const { tunnel, deskAt, log } = this.#ports;
    try {
      await tunnel.open(target);
      return target;
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== "refused") throw error;
      const newer = this.#targetIn(await this.#keeper.refresh()) ?? target;
      if (sameTarget(newer, target)) {
        log(`${causeOf(error)}; asking for the release of an older tunnel`);
        await deskAt(target.proxy)
          .ask("release")
          .catch((refusal: unknown) => {
            throw heldByCopy(refusal) ?? error;
          });
      }
      this.#mustStand(attempt);
      await tunnel.open(newer);
      return newer;
    }
  }

  #mustStand(attempt: object): void {
    if (this.#attempt !== attempt) throw unavailable("tunnel", new Error("nobody wants it any more"));
  }

  #targetIn(directory: Directory | undefined): TunnelTarget | undefined {
    const entry = directory?.devices[this.#device.id.computer];
    if (directory === undefined || entry === undefined) return undefined;
    return { proxy: directory.proxy, port: entry.port };
  }
}

const sameTarget = (a: TunnelTarget, b: TunnelTarget): boolean =>
  a.proxy.host === b.proxy.host && a.proxy.port === b.proxy.port && a.port === b.port;

/**
 * The proxy let it in and ended nothing: two computers may hold its key. Said in the proxy's words, and no reason to come
 * back as seldom as whoever is turned away: once the other is gone, nothing else tells a device without a broker.
 */
const heldByCopy = (refusal: unknown): Failure | undefined =>
  refusal instanceof Failure && refusal.code === "refused"
    ? new Failure("unavailable", `its port is held: ${causeOf(refusal)}`)
    : undefined;
