import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { DiskGenerations } from "../../adapters/files/generations.ts";
import { makeKey } from "../../adapters/openssh/keygen.ts";
import { type Ended, run } from "../../adapters/openssh/run.ts";
import { type Access, accessOf } from "../../core/access/access.ts";
import { bundleOf, encodeBundle } from "../../core/access/bundle.ts";
import { MANIFEST, printManifest } from "../../core/access/manifest.ts";
import type { ComputerRecord } from "../../core/registry/record.ts";
import { Registry } from "../../core/registry/registry.ts";
import { accepted, madeKey, madeRealm, madeRecord, madeSystem } from "../made/access.ts";
import { type StockHost, startStockHost } from "./stock-host.ts";
import { putInForce } from "./stock-proxy.ts";

/** A proxy on real sshd that records its sessions; realm `atlas`, system `hula`. */
export interface SessionProxy extends StockHost {
  /** Puts it in force, and sweeps nothing. */
  inForce(access: Access): Promise<void>;
  /** `warren proxy …` there, as root. */
  warren(...args: string[]): Promise<Ended>;
  /** `warren proxy apply` of what a sync would send. */
  apply(access: Access, ...options: string[]): Promise<Ended>;
  /** Makes a key, and returns its public line; `name` names it from then on. */
  key(name: string): Promise<string>;
  /** Where that key is. */
  keyFile(name: string): string;
  /** Everything that ssh takes to log in with that key. */
  sshWith(name: string, ...more: string[]): string[];
  /** Asks the serving program. */
  ask(name: string, question: string): Promise<Ended>;
  /** A tunnel that is up; it ends when its session is ended. */
  tunnel(name: string, port: number, target?: number): Promise<Tunnel>;
  /** Ends all tunnels, and waits until their sessions are over. */
  hangUp(): Promise<void>;
  /** Records as they stand on the host. */
  records(): Promise<readonly string[]>;
}

export interface Tunnel {
  readonly child: ChildProcess;
  /** Resolves when ssh ended. */
  readonly ended: Promise<unknown>;
  isUp(): boolean;
}

/** Waits for a process and collects what it said. */
export async function endOf(child: ChildProcess): Promise<Ended> {
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name]?.setEncoding("utf8").on("data", (chunk: string) => {
      said[name] += chunk;
    });
  // One that ends early reads no more; its status says why.
  child.stdin?.on("error", () => {});
  const [status] = await once(child, "close");
  return { status, ...said };
}

/** What a sync would put there for these computers. */
export function generationOf(sequence: number, records: readonly ComputerRecord[]): Access {
  const access = accessOf(madeRealm([madeSystem("hula")]), Registry.of(sequence, records)).get("eu");
  if (access === undefined) throw new Error("no proxy eu");
  return access;
}

export const deviceOf = (id: string, port: number, ...keys: readonly string[]): ComputerRecord =>
  madeRecord(id, { port, sshKeys: keys.map((key) => accepted(key)) });

export async function startSessionProxy(): Promise<SessionProxy> {
  const folder = await mkdtemp(join(tmpdir(), "warren-test-"));
  const program = join(folder, "warren-proxy.mjs");
  const [syncKey] = await Promise.all([makeKey(join(folder, "sync")), buildProgram(program)]);
  const host = await startStockHost({
    prepare: async (made) => {
      await made.put("/root/realm.yaml", realmText(made.hostKey));
      await made.put("/root/sync.pub", `${syncKey}\n`);
      const options = ["--realm", "/root/realm.yaml", "--sync-key", "/root/sync.pub"];
      await made.must([process.execPath, program, "prepare", ...options]);
    },
  });
  await writeFile(join(folder, "known"), `[127.0.0.1]:${host.port} ${host.hostKey}\n`);
  const children: ChildProcess[] = [];

  const sshWith = (name: string, ...more: string[]): string[] => [
    ...["-F", "none", "-i", join(folder, name), "-p", String(host.port)],
    ...["BatchMode=yes", "IdentitiesOnly=yes", `UserKnownHostsFile=${join(folder, "known")}`].flatMap(
      (option) => ["-o", option],
    ),
    ...more,
    "hula@127.0.0.1",
  ];
  const records = async (): Promise<readonly string[]> => {
    const at = join(host.folder, "run/warren/sessions");
    const names = (await readdir(at).catch(() => [])).filter((name) => !name.startsWith("."));
    return Promise.all(names.map((name) => readFile(join(at, name), "utf8").catch(() => "")));
  };
  const stop = host.stop.bind(host);
  const warren = [process.execPath, "/etc/warren/warren-proxy.mjs"];
  return Object.assign(host, {
    inForce: async ({ files, manifest }: Access) => {
      await putInForce(host.folder, new Map([...files, [MANIFEST, printManifest(manifest)]]));
    },
    warren: (...args: string[]) => host.run([...warren, ...args]),
    apply: async (access: Access, ...options: string[]) => {
      const child = host.start([...warren, "apply", ...options]);
      const held = await new DiskGenerations(host.folder).current();
      child.stdin?.end(encodeBundle(bundleOf(access.manifest, held, access.files)));
      return endOf(child);
    },
    key: (name: string) => makeKey(join(folder, name)),
    keyFile: (name: string) => join(folder, name),
    sshWith,
    ask: (name: string, question: string) => run("ssh", [...sshWith(name), question], { timeout: 15_000 }),
    tunnel: async (name: string, port: number, target = 9) => {
      const forward = [
        "-N",
        "-v",
        "-o",
        "ExitOnForwardFailure=yes",
        "-R",
        `127.0.0.1:${port}:127.0.0.1:${target}`,
      ];
      const child = spawn("ssh", sshWith(name, ...forward), { stdio: ["ignore", "ignore", "pipe"] });
      children.push(child);
      const ended = once(child, "exit");
      let said = "";
      const up = new Promise<void>((resolve) => {
        child.stderr.on("data", (chunk: Buffer) => {
          said += chunk.toString();
          if (said.includes("remote forward success")) resolve();
        });
      });
      await Promise.race([
        up,
        ended.then(() => {
          throw new Error(
            `no tunnel: ${said
              .split("\n")
              .filter((line) => !line.startsWith("debug"))
              .join(" ")}`,
          );
        }),
      ]);
      return { child, ended, isUp: () => child.exitCode === null && child.signalCode === null };
    },
    records,
    hangUp: async () => {
      for (const child of children.splice(0)) child.kill("SIGKILL");
      await within5s(async () => (await records()).length === 0);
    },
    stop: async () => {
      for (const child of children) child.kill("SIGKILL");
      await stop();
      await rm(folder, { recursive: true });
    },
  });
}

/** dist/warren-proxy.mjs, made anew. */
export async function buildProgram(outfile: string): Promise<void> {
  const args = ["tools/proxy-program.mjs", outfile];
  const { status, stderr } = await run(process.execPath, args, { timeout: 30_000 });
  if (status !== 0) throw new Error(stderr);
}

/** Waits until it holds, 5 s at most: the promise of the design. */
export async function within5s(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const start = Date.now(); !(await holds()); await pause(10)) {
    if (Date.now() - start > 5_000) throw new Error("it does not hold after 5 s");
  }
}

const realmText = (hostKey: string): string => `realm: atlas
repository: wildlife/atlas
people: { alice: 583231 }
admins: [alice]
proxies:
  eu: { host: 127.0.0.1, port: 22, hostKeys: ["${hostKey}"], syncUser: warren-sync }
signers: ["${madeKey("signer")}"]
systems:
  hula:
    description: hula
    proxy: eu
    ports: 61000-61999
    login: [atlas]
    trust: [{ who: [alice], may: [device], then: grant }]
`;
