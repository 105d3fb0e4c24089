import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { DiskForceLog } from "../../../adapters/sessions/forces.ts";
import { RecordedSessions } from "../../../adapters/sessions/recorded.ts";
import { at } from "../../made/access.ts";

let root = "";
let sessions = new RecordedSessions(root);
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "warren-test-"));
  sessions = new RecordedSessions(root);
});
afterEach(() => rm(root, { recursive: true }));

const put = async (path: string, text: string, mode = 0o644) => {
  const file = join(root, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  await chmod(file, mode);
};
const script = (text: string) => put("etc/warren/session", `#!/bin/sh\n${text}\n`, 0o755);

describe("the sweep of sessions", () => {
  it("is none where no hook stands", async () => {
    expect(await sessions.sweep()).toEqual({ kind: "unrecorded" });
  });

  it("says what it ended", async () => {
    await script('[ "$1" = sweep ] && printf "1.hula.atlas hula removed\\n2.hula.atlas hula expired\\n"');
    expect(await sessions.sweep()).toEqual({
      kind: "swept",
      ended: ["1.hula.atlas hula removed", "2.hula.atlas hula expired"],
    });
  });

  it.each([
    ["echo first >&2; echo 'no room' >&2; exit 1", "no room"],
    ["exit 3", "it ended with 3"],
  ])("is no success where its script fails: %s", async (text, problem) => {
    await script(text);
    expect(await sessions.sweep()).toEqual({ kind: "failed", problem });
  });

  it("is no success where its script can't be run", async () => {
    await put("etc/warren/session", "not for running", 0o755);
    expect((await sessions.sweep()).kind).toBe("failed");
  });
});

describe("live sessions", () => {
  it("are those whose process began when the record says, with what is known of them", async () => {
    const stat = await readFile("/proc/self/stat", "utf8");
    const start = stat.slice(stat.lastIndexOf(") ") + 2).split(" ")[19] ?? "";
    const line = "hula ssh-ed25519 AAAA 127.0.0.1\n";
    const folder = "run/warren/sessions";
    await put(`${folder}/${process.pid}.${start}`, `${line}1.hula.atlas\n127.0.0.1:61001\n`);
    await put(`${folder}/${process.pid}.1`, line);
    await put(`${folder}/x`, line);
    await put(`${folder}/.${process.pid}.${start}`, line);
    expect(await sessions.live()).toEqual([{ system: "hula", computer: "1.hula.atlas" }]);
  });

  it("are none where nothing is recorded", async () => {
    expect([await sessions.live(), await sessions.clashes()]).toEqual([[], []]);
  });
});

describe("clashes, which a system's account writes and root reads", () => {
  it("are one short line each, without controls; links, folders and what is no clash are not read", async () => {
    const folder = "run/warren/release/hula";
    await put(`${folder}/1.clash`, `a\u001b[2J${"x".repeat(1_000)}`);
    await put(`${folder}/2.clash`, "b\nc\n");
    await put(`${folder}/3`, "1763712000\n");
    await put("secret", "root's\n");
    await symlink(join(root, "secret"), join(root, folder, "4.clash"));
    await mkdir(join(root, folder, "5.clash"));
    const [first = "", ...others] = await sessions.clashes();
    expect(first).toMatch(/^a\?\[2Jx{100,395}$/);
    expect(others).toEqual(["b"]);
  });

  it("are a hundred of a system at most", async () => {
    for (let n = 0; n < 130; n++) await put(`run/warren/release/hula/${n}.clash`, `${n}\n`);
    await put("run/warren/release/tern/1.clash", "tern's\n");
    const told = await sessions.clashes();
    expect(told).toHaveLength(101);
    expect(told).toContain("tern's");
  });
});

describe("what root forced", () => {
  it("is kept, the newest last, a hundred at most", async () => {
    await mkdir(join(root, "etc/warren"), { recursive: true });
    const log = new DiskForceLog(join(root, "etc/warren"));
    const forced = (n: number) => ({
      at: at("2026-11-21T08:30:00Z"),
      generation: String(n),
      reason: "the fleet was sold",
      by: "alice",
    });
    expect(await log.read()).toEqual([]);
    const before = Array.from({ length: 100 }, (_, n) => forced(n + 1));
    await writeFile(join(root, "etc/warren/forces.json"), JSON.stringify(before));
    await log.note(forced(101));
    expect(await log.read()).toEqual([...before.slice(1), forced(101)]);
  });
});
