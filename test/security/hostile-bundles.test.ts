import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { DiskGenerations } from "../../adapters/files/generations.ts";
import { accessOf } from "../../core/access/access.ts";
import { bundleOf, encodeBundle, LONGEST_BUNDLE } from "../../core/access/bundle.ts";
import { hashesOf, MOST_SYSTEMS } from "../../core/access/manifest.ts";
import { Registry } from "../../core/registry/registry.ts";
import { apply } from "../../flows/apply.ts";
import { at, madeKey, madeRealm, madeRecord, madeSystem, wholeBundle } from "../made/access.ts";
import { applyPorts } from "../made/apply.ts";

const devices = (count: number) =>
  Array.from({ length: count }, (_, n) => madeRecord(`${n + 1}.hula.atlas`, { port: 61001 + n }));
const access = (sequence: number, count = 40) => {
  const found = accessOf(madeRealm([madeSystem("hula")]), Registry.of(sequence, devices(count))).get("eu");
  if (found === undefined) throw new Error("no proxy eu");
  return found;
};

let root = "";
let generations = new DiskGenerations(root);
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "warren-test-"));
  generations = new DiskGenerations(root);
  expect(await sends(1)).toBe("applied");
});
afterEach(() => rm(root, { recursive: true }));

const takes = async (bytes: Uint8Array) => {
  const ports = applyPorts(root, generations, at("2026-11-21T08:30:00Z"));
  return (await apply(ports, bytes, { guard: 0.25 })).kind;
};
/** What whoever holds the sync key sends: hashes that fit, whatever the files say. */
const sends = async (
  sequence: number,
  change: (files: Map<string, string>) => void = () => {},
  count = 40,
) => {
  const { manifest, files } = access(sequence, count);
  const changed = new Map(files);
  change(changed);
  const forged = { ...manifest, files: hashesOf(changed) };
  return takes(encodeBundle(bundleOf(forged, await generations.current(), changed)));
};
const standing = async () =>
  (await generations.current()).kind === "generation" && (await generations.read("authorized_keys/hula"));

describe("someone who holds the sync key", () => {
  it.each<[string, () => Promise<string>]>([
    ["by a bundle without files", () => sends(2, (files) => files.clear())],
    ["by empty files", () => sends(2, (files) => void files.set("authorized_keys/hula", ""))],
    ["by a registry that holds nothing", () => sends(2, () => {}, 0)],
    ["by a registry that holds a quarter", () => sends(2, () => {}, 10)],
  ])("empties no proxy %s", async (_what, attack) => {
    const before = await standing();
    expect(await attack()).toBe("refused");
    expect(await standing()).toBe(before);
  });

  it("empties none bit by bit within the hour", async () => {
    const kinds: string[] = [];
    for (const [index, count] of [35, 30, 25, 20, 15, 10].entries())
      kinds.push(await sends(2 + index, () => {}, count));
    expect(kinds).toEqual(["applied", "applied", "refused", "refused", "refused", "refused"]);
  });

  it("brings back no older access", async () => {
    expect(await sends(7)).toBe("applied");
    expect(await sends(6)).toBe("refused");
  });

  it.each([
    "../../../root/.ssh/authorized_keys",
    "/etc/sudoers.d/x",
    "authorized_keys/../../x",
    "authorized_keys/root",
    "authorized_keys/hula/x",
    "authorized_keys/.hidden",
    "authorized_keys/hula\u0000",
    "sshd_config",
  ])("writes no file %j", async (path) => {
    expect(await sends(2, (files) => void files.set(path, `${madeKey("evil")}\n`))).toBe("refused");
    expect(await readdir(join(root, "etc/warren/generations"))).toEqual(["1"]);
    expect(existsSync(join(root, "root"))).toBe(false);
  });

  it("writes no file by a name that JavaScript treats as its own", async () => {
    const paths = () => readdir(join(root, "etc/warren/current/"), { recursive: true });
    const before = (await paths()).toSorted();
    await sends(2, (files) => void files.set("__proto__", "x").set("constructor", "x"));
    await sends(3, (files) => void files.set("__proto__", "x"));
    expect((await paths()).toSorted()).toEqual(before);
  });

  it.each([
    ["a bare key", madeKey("evil")],
    ["a shell", `command="/bin/sh" ${madeKey("evil")}`],
    [
      "a key that listens everywhere",
      `restrict,port-forwarding,permitlisten="*:22",permitopen="none:1",command="9.hula.atlas" ${madeKey("evil")}`,
    ],
    [
      "a controller that opens everything",
      `restrict,port-forwarding,permitlisten="none:1",permitopen="*:*",command="controller-x.hula.atlas" ${madeKey("evil")}`,
    ],
    ["a certificate authority", `cert-authority ${madeKey("evil")}`],
    ["a comment", "# hello"],
  ])("puts no line in force that Warren would not write: %s", async (_what, line) => {
    const before = await standing();
    const attack = (files: Map<string, string>) =>
      void files.set("authorized_keys/hula", `${files.get("authorized_keys/hula")}${line}\n`);
    expect(await sends(2, attack)).toBe("refused");
    expect(await standing()).toBe(before);
  });

  it("opens no service of the proxy's own by a device that has its port", async () => {
    const before = await standing();
    const attack = (files: Map<string, string>) =>
      void files.set(
        "authorized_keys/hula",
        (files.get("authorized_keys/hula") ?? "").replaceAll("61001", "22"),
      );
    expect(await sends(2, attack)).toBe("refused");
    expect(await standing()).toBe(before);
  });

  it("makes no accounts by the thousand", async () => {
    const attack = (files: Map<string, string>) => {
      for (let n = 0; n <= MOST_SYSTEMS; n++) files.set(`authorized_keys/a${n}`, "");
    };
    expect(await sends(2, attack)).toBe("refused");
    expect(await readdir(join(root, "etc/warren/current/authorized_keys"))).toEqual(["hula"]);
  });

  it("floods no memory: a small bomb is unpacked no further than the limit, and what is no bundle is refused", async () => {
    const bundle = JSON.stringify(wholeBundle(access(2)));
    expect(await takes(gzipSync(bundle))).toBe("applied");
    const bomb = gzipSync(`${bundle}${" ".repeat(LONGEST_BUNDLE)}`);
    expect(bomb.length).toBeLessThan(200_000);
    expect(await takes(bomb)).toBe("refused");
    for (const bytes of [
      Buffer.alloc(0),
      Buffer.from("{}"),
      gzipSync("{}"),
      gzipSync("[".repeat(100_000)),
      gzipSync("null"),
    ]) {
      expect(await takes(bytes)).toBe("refused");
    }
  });
});
