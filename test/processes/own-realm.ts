import { spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { LocalCa } from "../../adapters/local-ca/ca.ts";
import { LocalCertificates } from "../../adapters/local-ca/certificates.ts";
import { makeKey } from "../../adapters/openssh/keygen.ts";
import { type Ended, run } from "../../adapters/openssh/run.ts";
import { SshSigner } from "../../adapters/openssh/signatures.ts";
import { lineReader } from "../../adapters/proxy/lines.ts";
import { encodeBundle, readOutcome } from "../../core/access/bundle.ts";
import { readHeld } from "../../core/access/held.ts";
import type { BrokerTold } from "../../core/broker/told.ts";
import { parseCertificateRequest } from "../../core/keys/csr.ts";
import { clientIdOf, recordPath } from "../../core/names.ts";
import type { Proxies } from "../../core/ports/proxies.ts";
import type { ComputerRecord } from "../../core/registry/record.ts";
import { printRecord } from "../../core/registry/record-file.ts";
import { Registry } from "../../core/registry/registry.ts";
import { printRegistryHead } from "../../core/registry/registry-file.ts";
import { sync } from "../../flows/sync.ts";
import { makeCsr, pemOf, subjectOf } from "../core/made-csr.ts";
import { CountingForge } from "../fixtures/counting-forge.ts";
import { at, good, id, madeCertificate, madeKey, madeRecord } from "../made/access.ts";
import { realmYaml } from "../made/realm-yaml.ts";
import { buildProgram } from "./session-proxy.ts";

const SUFFIX = ".t.example.org";

/** What a computer comes to its broker with. */
export interface Card {
  readonly clientId: string;
  /** PEM. */
  readonly key: string;
  readonly cert: string;
  readonly certificate: string;
}

/** A realm with a broker and a CA of its own; the broker's host is the folder `root`, which the program syncs. */
export class OwnRealm {
  readonly folder: string;
  readonly root: string;
  readonly ca: LocalCa;
  readonly #forge: CountingForge;
  readonly #records = new Map<string, ComputerRecord>();
  readonly #env: NodeJS.ProcessEnv;

  private constructor(folder: string, ca: LocalCa, text: string, env: NodeJS.ProcessEnv) {
    this.folder = folder;
    this.root = join(folder, "root");
    this.ca = ca;
    this.#forge = new CountingForge(text, Registry.empty);
    this.#env = env;
  }

  /** `env` is what programs on the broker's host are started with. */
  static async make(
    folder: string,
    { port, presence, env = process.env }: { port: number; presence: boolean; env?: NodeJS.ProcessEnv },
  ): Promise<OwnRealm> {
    const made = await warren(["broker", "ca", "--out", join(folder, "ca")]);
    if (made.status !== 0) throw new Error(made.stderr);
    const proxy = { port: 22, hostKey: madeKey("proxy"), signer: await makeKey(join(folder, "signer")) };
    const broker = [
      "broker:",
      "  type: mqtt",
      `  url: mqtts://127.0.0.1:${port}`,
      `  presence: ${presence}`,
      "  hosts: [eu]",
      "  ca: |",
      ...made.stdout
        .trimEnd()
        .split("\n")
        .map((line) => `    ${line}`),
    ];
    const text = `${realmYaml(proxy)}${broker.join("\n")}\n`;
    await writeFile(join(folder, "realm.yaml"), text);
    await buildProgram(join(folder, "warren-proxy.mjs"));
    return new OwnRealm(folder, await LocalCa.open(join(folder, "ca")), text, env);
  }

  /** Gives a computer one more certificate, and commits it. */
  async enrol(name: string, ca: Pick<LocalCa, "sign"> = this.ca): Promise<Card> {
    const card = await this.card(name, ca);
    const record = this.#records.get(name) ?? madeRecord(name, { sshKeys: [] });
    const accepted = { ...madeCertificate, certificate: card.certificate, pem: card.cert };
    this.#put({ ...record, certificates: [...record.certificates, accepted] });
    return card;
  }

  /** The same, signed, but in no record. */
  async card(name: string, ca: Pick<LocalCa, "sign"> = this.ca): Promise<Card> {
    const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const { computer, system } = id(name);
    const clientId = clientIdOf(id(name), SUFFIX);
    const csr = pemOf(makeCsr({ keys, subject: subjectOf(clientId, computer, system) }));
    const request = good(parseCertificateRequest(csr));
    const { certificate, pem } = await new LocalCertificates(ca).createInactive(request);
    const key = keys.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    return { clientId, key, cert: pem, certificate };
  }

  /** Commits that a certificate is refused for ever, as a revocation does. */
  revoke(name: string, { certificate }: Card): void {
    const record = this.#records.get(name);
    if (record === undefined) throw new Error(`${name} has no record`);
    this.#put({
      ...record,
      certificates: record.certificates.filter((one) => one.certificate !== certificate),
      refused: [
        ...record.refused,
        { what: "x509", fingerprint: "0".repeat(64), certificate, at: at("2026-11-21T09:00:00Z") },
      ],
    });
  }

  /** Commits a record that somebody else wrote. */
  commits(record: ComputerRecord): void {
    this.#put(record);
  }

  /** What realm.yaml says of the broker. */
  get brokerText(): string {
    return this.#forge.text.slice(this.#forge.text.indexOf("broker:\n"));
  }

  #put(record: ComputerRecord): void {
    this.#records.set(`${record.id.computer}.${record.id.system}.${record.id.realm}`, record);
    this.#forge.commits(Registry.of(this.#forge.registry.sequence + 1, this.#records.values()));
  }

  /** A sync as the action does it; ssh is left out, the program on the proxy is real. Returns what came of the broker. */
  async sync(): Promise<BrokerTold | undefined> {
    const ports = this.#forge.ports(this.#proxies(), new SshSigner(join(this.folder, "signer")));
    const lists = {
      print: (_: unknown, revoked: Parameters<LocalCa["revocationList"]>[0]) =>
        this.ca.revocationList(revoked),
    };
    const [result] = (await sync({ ...ports, lists })).proxies;
    if (result?.kind === "same") return { kind: "same" };
    if (result?.kind !== "changed") throw new Error(JSON.stringify(result));
    return result.report.broker;
  }

  /** `warren proxy …` on the broker's host. */
  onHost(...args: readonly string[]): Promise<Ended> {
    const program = join(this.folder, "warren-proxy.mjs");
    const given = [program, ...args, "--root", this.root];
    return run(process.execPath, given, { timeout: 60_000, env: this.#env });
  }

  /** Writes the registry as a checkout has it, and a broker's configuration by the command; returns its folder. */
  async configure(kind: "mosquitto" | "rabbitmq", at: string, ...more: readonly string[]): Promise<string> {
    const registry = join(this.folder, "registry");
    await mkdir(registry, { recursive: true });
    const { sequence } = this.#forge.registry;
    await writeFile(join(registry, "registry.json"), printRegistryHead({ format: 1, sequence }));
    for (const record of this.#records.values()) {
      const path = join(registry, recordPath(record.id));
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, printRecord(record));
    }
    const out = join(this.folder, kind);
    const files = ["--realm", join(this.folder, "realm.yaml"), "--registry", registry, "--out", out];
    const generation = join(this.root, "etc/warren/current");
    const where = ["--at", at, "--generation", generation];
    const { status, stderr } = await warren(["broker", "config", kind, ...files, ...where, ...more]);
    if (status !== 0) throw new Error(stderr);
    return out;
  }

  /** A key on the broker's host and its certificate, as INSTALL says. */
  async serverFiles(folder: string): Promise<void> {
    const [key, csr] = [join(folder, "server-key.pem"), join(this.folder, "server.csr")];
    const ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    const asked = ["req", "-new", ...ec, "-subj", "/CN=127.0.0.1", "-keyout", key, "-out", csr];
    const made = await run("openssl", asked, { timeout: 10_000 });
    if (made.status !== 0) throw new Error(made.stderr);
    const ca = join(this.folder, "ca");
    const signed = await warren(["broker", "certificate", "127.0.0.1", "--ca", ca, "--csr", csr]);
    if (signed.status !== 0) throw new Error(signed.stderr);
    await writeFile(join(folder, "server.pem"), signed.stdout);
  }

  /** Puts the file in place that says how the host tells its broker. */
  async governed(out: string): Promise<void> {
    const text = await readFile(join(out, "broker.json"), "utf8");
    await writeFile(join(this.root, "etc/warren/broker.json"), text, { mode: 0o600 });
  }

  #proxies(): Proxies {
    const program = join(this.folder, "warren-proxy.mjs");
    return {
      exchange: async (_, respond) => {
        const args = [program, "apply", "--root", this.root];
        const child = spawn(process.execPath, args, { stdio: "pipe", env: this.#env });
        const lines = lineReader(child);
        const held = good(readHeld((await lines.next(20_000)) ?? ""));
        const bundle = await respond(held);
        child.stdin.end(bundle === undefined ? undefined : encodeBundle(bundle));
        const last = await lines.next(60_000);
        if (bundle === undefined) return undefined;
        if (last === undefined) throw new Error(lines.errors().join("\n"));
        return good(readOutcome(last));
      },
    };
  }
}

const warren = (args: readonly string[]): Promise<Ended> =>
  run(process.execPath, [resolve("dist/warren.js"), ...args], { timeout: 30_000 });
