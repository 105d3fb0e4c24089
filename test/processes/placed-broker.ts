import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { LocalCa } from "../../adapters/local-ca/ca.ts";
import type { Place } from "./place.ts";

const MOSQUITTO = "/usr/sbin/mosquitto";

export interface BrokerListener {
  readonly address: string;
  readonly port: number;
  /** Its certificate's. */
  readonly host: string;
}

/** Eclipse mosquitto by mutual TLS, that lets each certificate of its CA say and hear everything; it keeps nothing on disk. */
export class PlacedBroker {
  readonly #place: Place | undefined;
  readonly #config: string;
  #child: ChildProcess | undefined;
  /** All that it wrote. */
  log = "";

  private constructor(place: Place | undefined, config: string) {
    this.#place = place;
    this.#config = config;
  }

  /** `place` left out: on this machine. */
  static async start(
    folder: string,
    ca: LocalCa,
    { address, port, host }: BrokerListener,
    place?: Place,
  ): Promise<PlacedBroker> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const file = (name: string) => join(folder, name);
    const { keyPem, certPem } = await ca.serverCertificate([host]);
    for (const [name, text] of Object.entries({ ca: ca.certPem, key: keyPem, cert: certPem }))
      await writeFile(file(name), text, { mode: 0o600 });
    const settings = [
      ...(process.getuid?.() === 0 ? ["user root"] : []),
      "log_dest stderr",
      "set_tcp_nodelay true",
      `listener ${port} ${address}`,
      `cafile ${file("ca")}`,
      `certfile ${file("cert")}`,
      `keyfile ${file("key")}`,
      "require_certificate true",
      "use_identity_as_username true",
    ];
    await writeFile(file("conf"), `${settings.join("\n")}\n`);
    const broker = new PlacedBroker(place, file("conf"));
    await broker.start();
    return broker;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  async start(): Promise<void> {
    const words = [MOSQUITTO, "-c", this.#config];
    const child = this.#place?.start(words) ?? spawn(MOSQUITTO, words.slice(1), { stdio: "pipe" });
    this.#child = child;
    const from = this.log.length;
    const runs = new Promise<void>((resolve) => {
      child.stderr?.on("data", (chunk: Buffer) => {
        this.log += chunk.toString("utf8");
        // It says so once its port is open.
        if (/mosquitto version [\d.]+ running/.test(this.log.slice(from))) resolve();
      });
    });
    const ended = once(child, "exit").then(() => {
      throw new Error(`mosquitto does not run: ${this.log.slice(from)}`);
    });
    ended.catch(() => {});
    await Promise.race([runs, ended]);
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    if (this.#place === undefined) child.kill("SIGKILL");
    else await this.#place.signal("KILL", this.#place.pidsOf(/^\/usr\/sbin\/mosquitto/));
    await ended;
  }
}
