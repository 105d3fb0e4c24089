import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { DiskGenerations } from "../../adapters/files/generations.ts";
import { type Ended, run } from "../../adapters/openssh/run.ts";
import { type Access, accessOf } from "../../core/access/access.ts";
import { bundleOf, encodeBundle, readOutcome } from "../../core/access/bundle.ts";
import { hashesOf, printManifest } from "../../core/access/manifest.ts";
import { Registry } from "../../core/registry/registry.ts";
import { madeKey, madeRealm, madeRecord, madeSystem } from "../made/access.ts";
import { buildProgram, endOf } from "./session-proxy.ts";

const LONG = process.env.WARREN_LONG !== undefined;
const names = Array.from({ length: LONG ? 40 : 20 }, (_, index) => `s${index}`);
const realm = madeRealm(
  names.map((name, index) =>
    madeSystem(name, { ports: { first: 20_000 + 100 * index, last: 20_099 + 100 * index } }),
  ),
);
const accessAt = (sequence: number, devices: number): Access => {
  const records = names.flatMap((name, index) =>
    Array.from({ length: devices }, (_, n) =>
      madeRecord(`${n}.${name}.atlas`, { port: 20_000 + 100 * index + n }),
    ),
  );
  const found = accessOf(realm, Registry.of(sequence, records)).get("eu");
  if (found === undefined) throw new Error("no proxy eu");
  return found;
};

describe("warren proxy apply, the program", () => {
  let folder = "";
  let program = "";
  let root = "";
  let generations: DiskGenerations;
  const [small, large] = [accessAt(1, 1), accessAt(2, LONG ? 10 : 6)];

  const start = (bytes: Uint8Array): ChildProcess => {
    const child = spawn(process.execPath, [program, "apply", "--root", root], { stdio: "pipe" });
    child.stdin.on("error", () => {});
    child.stdin.end(bytes);
    return child;
  };
  const sends = async (bytes: Uint8Array): Promise<Ended> => endOf(start(bytes));
  const bundle = async (access: Access): Promise<Uint8Array> =>
    encodeBundle(bundleOf(access.manifest, await generations.current(), access.files));
  const whole = (access: Access): Uint8Array =>
    encodeBundle(bundleOf(access.manifest, { kind: "empty" }, access.files));
  /** What is in force, checked against its own manifest file by file. */
  const inForce = async (): Promise<string> => {
    const held = await generations.current();
    if (held.kind === "empty") throw new Error("nothing is in force");
    expect(held.strays).toBeUndefined();
    return printManifest(held.manifest);
  };
  const forged = (change: (files: Map<string, string>) => void, head = {}): Uint8Array => {
    const files = new Map(large.files);
    change(files);
    const manifest = { ...large.manifest, ...head, files: hashesOf(files) };
    return encodeBundle(bundleOf(manifest, { kind: "empty" }, files));
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "warren-test-"));
    program = join(folder, "warren-proxy.mjs");
    await buildProgram(program);
  });
  afterAll(() => rm(folder, { recursive: true }));
  beforeEach(async () => {
    root = await mkdtemp(join(folder, "root-"));
    generations = new DiskGenerations(root);
    await generations.locked(() => generations.switchTo(withManifest(small)));
  });
  afterEach(() => rm(root, { recursive: true }));

  it("killed at any moment, leaves the old files or the new ones, whole; the next one cleans up and waits for nobody", async () => {
    const began = performance.now();
    expect((await sends(await bundle(large))).status).toBe(0);
    const takes = performance.now() - began;
    const wanted = [small, large].map(({ manifest }) => printManifest(manifest));
    for (let round = 0; round < (LONG ? 50 : 8); round++) {
      await generations.locked(() => generations.switchTo(withManifest(small)));
      const child = start(await bundle(large));
      const ended = endOf(child);
      await pause(takes * (0.2 + 0.8 * Math.random()));
      child.kill("SIGKILL");
      await ended;
      expect(wanted).toContain(await inForce());
    }
    const again = performance.now();
    expect((await sends(await bundle(large))).status).toBe(0);
    expect(performance.now() - again).toBeLessThan(4 * takes + 2_000);
    const left = await readdir(join(root, "etc/warren/generations"));
    expect(left.filter((name) => !/^[0-9]+$/.test(name))).toEqual([]);
  }, 600_000);

  it("two at once, puts one after the other in force", async () => {
    const bytes = await bundle(large);
    const both = await Promise.all([sends(bytes), sends(bytes)]);
    // The second one finds another generation than its sender did, and may refuse for that.
    expect(both.map(({ status }) => status)).toContain(0);
    expect(await inForce()).toBe(printManifest(large.manifest));
  });

  it.each<[string, () => Uint8Array]>([
    ["a path out of the folder", () => forged((files) => files.set("../../root/.ssh/authorized_keys", "x"))],
    ["an absolute path", () => forged((files) => files.set("/etc/passwd", "x"))],
    ["a bare key", () => forged((files) => files.set("authorized_keys/s0", `${madeKey("evil")}\n`))],
    [
      "options in a key's line",
      () => forged((files) => files.set("authorized_keys/s0", `command="sh" ${madeKey("evil")}\n`)),
    ],
    ["another realm", () => forged(() => {}, { realm: "other" })],
    ["another proxy", () => forged(() => {}, { proxy: "us" })],
    ["an older registry", () => forged(() => {}, { sequence: 0 })],
    ["a gzip bomb", () => gzipSync(Buffer.alloc(100_000_000, " "))],
    ["half a bundle", () => whole(large).subarray(0, 200)],
    ["no gzip", () => Buffer.from("{}")],
  ])("refuses %s, says why, and changes nothing", async (_what, bytes) => {
    const before = await inForce();
    const { status, stdout, stderr } = await sends(bytes());
    expect(status).toBe(1);
    const outcome = readOutcome(stdout.trimEnd().split("\n").at(-1) ?? "");
    expect(outcome).toMatchObject({ ok: true, value: { kind: "refused" } });
    expect(stderr).toMatch(/^\S.*\n/);
    expect(stderr).not.toContain("    at ");
    expect(await inForce()).toBe(before);
    expect(await readdir(join(root, "etc/warren/generations"))).toEqual(["1"]);
  });

  it("reads no more of 100 MB than a bundle may have", async () => {
    const before = await inForce();
    const { status, stderr } = await sends(Buffer.alloc(100_000_000));
    expect(status).toBe(2);
    expect(stderr).toMatch(/^warren: bundle is longer than 67108864 bytes\n/);
    expect(await inForce()).toBe(before);
  });

  const mayMount = process.getuid?.() === 0 && spawnSync("unshare", ["-m", "true"]).status === 0;
  (mayMount ? it : it.skip)("on a full disk, refuses, and what was in force stays", async () => {
    for (const [name, access] of [
      ["small", small],
      ["large", large],
    ] as const)
      await writeFile(join(folder, name), whole(access));
    const script = [
      'mount -t tmpfs -o size="$3" t "$1" || exit 9',
      'for step in small large; do "$4" "$2/warren-proxy.mjs" apply --root "$1" <"$2/$step" >"$2/out-$step" 2>"$2/err-$step"',
      'echo "$step $? $(readlink "$1/etc/warren/current") $(ls -A "$1/etc/warren/generations" | tr "\\n" " ")"; done',
    ].join("\n");
    // Room for the small generation and a half.
    const bytes = [...small.files].reduce((sum, [, text]) => sum + 4096 * Math.ceil(text.length / 4096), 0);
    const size = String(bytes + 40 * 4096);
    const { stdout } = await run(
      "unshare",
      ["-m", "sh", "-c", script, "sh", root, folder, size, process.execPath],
      {
        timeout: 30_000,
      },
    );
    expect(stdout).toBe("small 0 generations/1 1 \nlarge 1 generations/1 1 \n");
    expect(await readFile(join(folder, "err-large"), "utf8")).toMatch(/can't be written.*ENOSPC/);
    expect(await readFile(join(folder, "out-large"), "utf8")).toContain('{"kind":"refused"');
  });
});

const withManifest = ({ files, manifest }: Access): ReadonlyMap<string, string> =>
  new Map([...files, ["manifest.json", printManifest(manifest)]]);
