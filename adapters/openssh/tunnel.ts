import { rm } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import type { PinnedProxy } from "../../core/computer/ssh-config.ts";
import { Failure, unavailable } from "../../core/failure.ts";
import type { TunnelProcess, TunnelTarget } from "../../core/ports/tunnel.ts";
import { bannerOf, bannerThrough } from "./banner.ts";
import { isConnectedTo } from "./channels.ts";
import { Master } from "./master.ts";

export interface SshTunnelSettings {
  /** The device's own SSH server, as seen from itself. */
  readonly sshd: { readonly host: string; readonly port: number };
  /** Everything that ssh takes to reach the proxy with pinned host keys: options, then the destination. */
  readonly sshTo: (proxy: PinnedProxy) => Promise<readonly string[]>;
  /** Of the master's socket: 90 characters at most, for ssh adds its own and sockets hold 107. */
  readonly controlPath: string;
}

/** After a proxy's restart its whole fleet logs in at once: who gives up early makes the others wait longer. */
export const CONNECT_WITHIN_S = 30;
/** Before the other options: ssh takes the first that it reads. */
const PATIENT = ["-o", `ConnectTimeout=${CONNECT_WITHIN_S}`] as const;
const OPEN_WITHIN = 40_000;
const PROBE_WITHIN = 10_000;
const REASON_WITHIN = 250;

/** The device's one reverse tunnel: an OpenSSH client, supervised. No byte of it passes through here. */
export class SshTunnel implements TunnelProcess {
  readonly #settings: SshTunnelSettings;
  #master: Master | undefined;
  /** Counts closings: one that comes while a tunnel is being opened gives that up. */
  #closings = 0;
  #heard: (why: string) => void = () => {};
  #loggingIn: Promise<unknown> = Promise.resolve();

  constructor(settings: SshTunnelSettings) {
    this.#settings = settings;
  }

  onDown(heard: (why: string) => void): void {
    this.#heard = heard;
  }

  open(target: TunnelTarget): Promise<void> {
    let isOver = () => {};
    this.#loggingIn = new Promise<void>((resolve) => {
      isOver = resolve;
    });
    return this.#open(target, isOver).finally(isOver);
  }

  /** Resolves once no login is under way, however it went: what has time until then may ride on the connection. */
  async loggedIn(): Promise<void> {
    await this.#loggingIn;
  }

  async #open({ proxy, port }: TunnelTarget, isLoggedIn: () => void): Promise<void> {
    const older = this.close();
    const closings = this.#closings;
    await older;
    const { sshTo, controlPath } = this.#settings;
    const to = await sshTo(proxy);
    await rm(controlPath, { force: true });
    if (closings !== this.#closings) throw unavailable("tunnel", new Error("it was closed while it opened"));
    // An address in `-R`, for without one sshd settles for [::1] where a squatter holds 127.0.0.1.
    const forward = `127.0.0.1:${port}:${this.#sshd()}`;
    const listen = [...PATIENT, "-o", "ExitOnForwardFailure=yes", "-R", forward];
    const master = new Master(controlPath, [...listen, ...to]);
    this.#master = master;
    try {
      await this.#probe(master, port, to, isLoggedIn);
    } catch (cause) {
      // Where ssh ends by itself, its own words say more than the probe's.
      const reason = await Promise.race([pause(REASON_WITHIN), master.failure()]).catch(
        (why: unknown) => why,
      );
      await master.end();
      throw reason ?? (cause instanceof Failure ? cause : unavailable("tunnel", cause));
    }
    master.watchOver();
    master.onEnd((why) => {
      if (this.#master === master) this.#heard(why);
    });
  }

  async close(): Promise<void> {
    this.#closings += 1;
    const master = this.#master;
    this.#master = undefined;
    await master?.end();
  }

  async busy(): Promise<boolean> {
    const pid = this.#master?.pid;
    const { host, port } = this.#settings.sshd;
    return pid !== undefined && (await isConnectedTo(pid, host, port));
  }

  /**
   * Ours is the server that answers on the proxy's end: its banner comes back as the device itself reads it. And the
   * listener there is ours: ssh asked for it before it opened its socket, sshd answers in order, and a refusal ends ssh
   * before the banner of whatever else listens could come through it. `ssh -O forward` would say the same a round trip later.
   */
  async #probe(
    master: Master,
    tunnelPort: number,
    to: readonly string[],
    isLoggedIn: () => void,
  ): Promise<void> {
    const { sshd, controlPath } = this.#settings;
    const direct = bannerOf(sshd.host, sshd.port, PROBE_WITHIN).catch((cause: unknown) => {
      throw unavailable(`ssh server of this device at ${this.#sshd()}`, cause);
    });
    const [own] = await Promise.all([direct, master.ready(OPEN_WITHIN).then(isLoggedIn)]);
    // Without its master this ssh must not make a connection of its own.
    const through = ["-S", controlPath, "-o", "ProxyCommand=false", "-W", `127.0.0.1:${tunnelPort}`];
    const seen = await Promise.race([bannerThrough([...through, ...to], PROBE_WITHIN), master.failure()]);
    if (seen !== own) throw new Error(`another server answers there: ${JSON.stringify(seen)}`);
  }

  #sshd(): string {
    const { host, port } = this.#settings.sshd;
    return `${host.includes(":") ? `[${host}]` : host}:${port}`;
  }
}
