import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { openRegistryFolder } from "../adapters/files/registry-folder.ts";
import { type Access, accessOn } from "../core/access/access.ts";
import { bundleOf, encodeBundle } from "../core/access/bundle.ts";
import { hashOf, pathsOf } from "../core/access/manifest.ts";
import type { SystemName } from "../core/names.ts";
import { type Realm, readRealm } from "../core/realm/realm.ts";
import type { ComputerRecord } from "../core/registry/record.ts";
import { readRecord } from "../core/registry/record-file.ts";
import { Registry } from "../core/registry/registry.ts";
import { sshKeyOf } from "../test/fixtures/made-keys.ts";
import { recordText } from "./world.ts";

const SECONDS = 3;
const MEGABYTES = 500;
const BYTES = 2000;

/** As many systems on each proxy, each with as many computers, of which the last are controllers. */
interface Shape {
  readonly proxies: number;
  readonly systems: number;
  readonly computers: number;
  readonly controllers: number;
}
const SHAPES: Readonly<Record<string, Shape>> = {
  large: { proxies: 1, systems: 1, computers: 4000, controllers: 40 },
  many: { proxies: 20, systems: 10, computers: 500, controllers: 10 },
};
const BUSY: Shape = { proxies: 1, systems: 200, computers: 100, controllers: 2 };

/** Memory counts from a process that has done nothing else. */
function inOwnProcess(name: string): void {
  const folder = mkdtempSync(join(tmpdir(), "warren-bench-"));
  try {
    writeFileSync(join(folder, "registry.json"), '{\n  "format": 1,\n  "sequence": 1\n}\n');
    for (const { path, text } of records(SHAPES[name] ?? BUSY)) {
      mkdirSync(join(folder, path, ".."), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const { status } = spawnSync(process.execPath, [process.argv[1] ?? "", name, folder], {
      stdio: "inherit",
    });
    if (status !== 0) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function render(shape: Shape, folder: string): void {
  const realm = realmOf(shape);
  const folderOf = openRegistryFolder(folder);
  const reading = { wall: 0, cpu: 0 };
  let computers = 0;
  const inSystem = (system: SystemName) => {
    const read = timed(() => folderOf.inSystem(system), reading);
    computers += read.length;
    return read;
  };
  const all = { wall: 0, cpu: 0 };
  let size = 0;
  // As `warren render` does: a system is read when it's needed; a proxy's files are written, then forgotten.
  timed(() => {
    for (const { name } of realm.proxies)
      for (const text of accessOn(name, realm, { ...folderOf, inSystem }).files.values())
        size += text.length / 1e6;
  }, all);
  const [wall, cpu] = [all.wall - reading.wall, all.cpu - reading.cpu];
  const peak = process.resourceUsage().maxRSS * 1.024e-3;
  const what = `${computers.toLocaleString("en")} computers in ${shape.proxies * shape.systems} systems`;
  console.log(
    `${what}: read in ${reading.wall.toFixed(2)} s, rendered ${size.toFixed(0)} MB in ` +
      `${wall.toFixed(2)} s (${cpu.toFixed(2)} s of CPU; ${cpu <= SECONDS ? "meets" : "MISSES"} ${SECONDS}), ` +
      `at most ${Math.round(peak)} MB resident (${peak <= MEGABYTES ? "meets" : "MISSES"} ${MEGABYTES})`,
  );
  if (cpu > SECONDS || peak > MEGABYTES) process.exitCode = 1;
}

/** Adds the seconds that `work` took, on the wall and of CPU. */
function timed<T>(work: () => T, sum: { wall: number; cpu: number }): T {
  const [began, before] = [performance.now(), process.cpuUsage()];
  const result = work();
  const { user, system } = process.cpuUsage(before);
  sum.wall += (performance.now() - began) / 1000;
  sum.cpu += (user + system) / 1e6;
  return result;
}

/** One device's key is replaced: what goes to its proxy beside the files of its system. */
function sendOne(shape: Shape): void {
  const realm = realmOf(shape);
  const before = [...records(shape)].map(({ path, text }) => recordIn(path, text));
  const [first, ...rest] = before;
  const [second] = rest;
  if (first === undefined || second === undefined) throw new Error("no records");
  const other = recordText(100, 5000);
  const { sshKeys } = recordIn(other.path, other.text);
  const changed = { ...first, sshKeys, sequence: 2 };
  const [was, next] = [accessAt(realm, 1, before), accessAt(realm, 2, [changed, ...rest])];
  const held = { kind: "generation", name: "1", manifest: signed(was) } as const;
  const signature = Buffer.alloc(220, 7).toString("base64");
  const paths = pathsOf(first.id.system);
  const files = new Map(next.files).set(paths.signature, signature);
  const hashes = { ...signed(next).files, [paths.signature]: hashOf(signature) };
  const bundle = bundleOf({ ...signed(next), files: hashes }, held, files);
  const sent = encodeBundle(bundle).length;
  const own = [paths.keys, paths.directory].map((path) => next.files.get(path) ?? "").join("");
  const more = sent - gzipSync(own, { level: 9 }).length;
  const keys = gzipSync(next.files.get(paths.keys) ?? "", { level: 9 }).length;
  console.log(
    `one changed key, ${shape.systems} systems of ${shape.computers}: ${sent} bytes sent, ${more} beside the system's ` +
      `keys and directory (${more <= BYTES ? "meets" : "MISSES"} ${BYTES}); its keys alone are ${keys}`,
  );
  if (more > BYTES) process.exitCode = 1;
}

function accessAt(realm: Realm, sequence: number, records: readonly ComputerRecord[]): Access {
  return accessOn("p0", realm, Registry.of(sequence, records), commits);
}

const commits = { realmCommit: "a".repeat(40), registryCommit: hashOf("commit").slice(0, 40) };

/** As a proxy holds it: each directory has a signature, which nobody's change touches. */
const signed = ({ manifest }: Access): Access["manifest"] => {
  const directories = Object.keys(manifest.files).filter((path) => path.startsWith("directory/"));
  const signatures = directories.map((path) => [`${path}.sig`, hashOf(path)]);
  return { ...manifest, files: { ...manifest.files, ...Object.fromEntries(signatures) } };
};

function recordIn(path: string, text: string): ComputerRecord {
  const read = readRecord(text, path);
  if (!read.ok) throw new Error(read.problem);
  return read.value;
}

function* records(shape: Shape): Iterable<{ path: string; text: string }> {
  for (let system = 0; system < shape.proxies * shape.systems; system++) {
    const first = firstPort(shape, system);
    for (let computer = 0; computer < shape.computers; computer++) {
      const isDevice = computer < shape.computers - shape.controllers;
      const { path, text } = recordText(system, computer);
      const port = isDevice ? `  "port": ${first + computer},\n` : "";
      const placed = text.replace(/ {2}"port": \d+,\n/, port);
      if (isDevice) yield { path, text: placed };
      else {
        const name = `c${computer}.s${system}.atlas`;
        const renamed = placed.replace(name, `controller-${computer}.s${system}.atlas`);
        yield { path: path.replace(`c${computer}`, `controller-${computer}`), text: renamed };
      }
    }
  }
}

const firstPort = ({ systems, computers }: Shape, system: number): number =>
  10_000 + (system % systems) * computers;

function realmOf(shape: Shape): Realm {
  const proxies = Array.from(
    { length: shape.proxies },
    (_, n) =>
      `  p${n}: { host: p${n}.example.org, port: 22, hostKeys: [${sshKeyOf(`proxy ${n}`)}], syncUser: warren-sync }`,
  );
  const systems = Array.from({ length: shape.proxies * shape.systems }, (_, n) => {
    const first = firstPort(shape, n);
    const ports = `ports: ${first}-${first + shape.computers - 1}, allocate: next, login: [atlas]`;
    const trust = "trust: [{ who: [alice], may: [device], then: grant }]";
    return `  s${n}: { proxy: p${Math.floor(n / shape.systems)}, ${ports}, ${trust} }`;
  });
  const read = readRealm(
    `realm: atlas
repository: wildlife/atlas
clientIdSuffix: .t.example.org
people: { alice: 583231 }
admins: [alice]
proxies:
${proxies.join("\n")}
signers: [${sshKeyOf("signer")}]
systems:
${systems.join("\n")}
`,
    "realm.yaml",
  );
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.realm;
}

const [mode = "", dir = ""] = process.argv.slice(2);
if (mode === "") {
  for (const name of Object.keys(SHAPES)) inOwnProcess(name);
  for (const shape of [SHAPES.large, BUSY]) if (shape !== undefined) sendOne(shape);
} else render(SHAPES[mode] ?? BUSY, dir);
