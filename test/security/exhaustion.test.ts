import { afterEach, describe, expect, it } from "@jest/globals";
import { Hints } from "../../app/hints.ts";
import type { Work } from "../../app/work.ts";
import { readRealm } from "../../core/realm/realm.ts";
import { readCommand } from "../../core/submission/commands.ts";
import { readSubmission } from "../../core/submission/submission.ts";
import { ignored, issueEvent, type RunningApp, runApp, until } from "../app/running-app.ts";
import { madeKey } from "../made/access.ts";
import { cpuTimeOf } from "../made/cpu-time.ts";

/** Milliseconds of processor time: far more than an honest text takes, far less than a stopped service. */
const LIMIT = 1500;
/** The YAML library takes seconds for half a megabyte that is made to be slow: realm.yaml is read for few. */
const YAML_LIMIT = 10_000;

describe("a bomb in realm.yaml", () => {
  const laughs = [
    "a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]",
    ..."bcdefghij".split("").map((name, index) => {
      const before = "abcdefghi"[index];
      return `${name}: &${name} [${Array(9).fill(`*${before}`).join(", ")}]`;
    }),
  ].join("\n");
  it.each<[string, () => string]>([
    ["a billion laughs", () => laughs],
    ["a mapping that merges itself", () => "a: &a { <<: *a }\n"],
    ["100,000 open brackets", () => "[".repeat(100_000)],
    ["100,000 levels of lists", () => `${"- ".repeat(100_000)}x`],
    ["100,000 keys", () => Array.from({ length: 40_000 }, (_, n) => `k${n}: 1`).join("\n")],
    ["100,000 aliases", () => `a: &a 1\nb: [${"*a, ".repeat(100_000)}]`],
    ["a megabyte", () => `# ${"x".repeat(1_000_000)}`],
    ["nothing but quotes", () => '"'.repeat(500_000)],
  ])("is refused before it stops the service: %s", (_what, made) => {
    const text = made();
    let read: ReturnType<typeof readRealm> | undefined;
    const spent = cpuTimeOf(() => {
      read = readRealm(text, "realm.yaml");
    });
    expect(read).toMatchObject({ ok: false });
    expect(spent).toBeLessThan(YAML_LIMIT);
  });
});

describe("a text as long as GitHub lets it be", () => {
  const key = madeKey("x");
  const fill = (text: string) => text.repeat(Math.ceil(65_536 / text.length)).slice(0, 65_536);
  const BODIES = [
    "a",
    " ",
    "\n",
    "`",
    "```\n",
    "~~~\n",
    "### ",
    "### SSH public key\n",
    `${key}\n`,
    "-----BEGIN ",
    "\u202e",
    "|",
    "\r\n",
    "\ud800",
  ];

  it.each(BODIES)("is refused unread, filled with %j", (text) => {
    for (const ending of ["sshkey.pub", "hostkey.pub", "x509.csr", "enroll", "revoke"]) {
      const spent = cpuTimeOf(() => {
        const read = readSubmission(`333.hula.atlas.${ending}`, fill(text));
        expect(read).toMatchObject({
          kind: "unreadable",
          problem: "body has 65536 characters; 20000 at most",
        });
      });
      expect(spent).toBeLessThan(LIMIT);
    }
  });

  it.each(BODIES)("costs nothing where it is read, filled with %j up to our own limit", (text) => {
    const spent = cpuTimeOf(() => {
      for (const ending of ["sshkey.pub", "hostkey.pub", "x509.csr", "enroll", "revoke"]) {
        readSubmission(`333.hula.atlas.${ending}`, fill(text).slice(0, 20_000));
      }
      readCommand(fill(text));
      readCommand(`/approve ${fill(text)}`);
      readCommand(`/revoke ${fill(text)}`);
    });
    expect(spent).toBeLessThan(LIMIT);
  });
});

describe("10,000 issues at once", () => {
  let app: RunningApp | undefined;
  afterEach(() => app?.service.stop());

  it("wait in a queue that has an end; the rest is left to the sweep", async () => {
    let most = 0;
    let running = 0;
    const open: (() => void)[] = [];
    const hints = new Hints({
      most: 100,
      atOnce: 4,
      failed: () => undefined,
      work: async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise<void>((resolve) => open.push(resolve));
        running -= 1;
      },
    });
    const taken = Array.from({ length: 10_000 }, (_, number) =>
      hints.push({ what: "issue", repository: "wildlife/atlas", number }),
    );
    let worked = 0;
    let left = 0;
    const all = taken.map(async (one) => {
      if (await one) worked += 1;
      else left += 1;
    });
    while (worked + left < 10_000) {
      for (const next of open.splice(0)) next();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all(all);
    expect(most).toBe(4);
    expect({ worked, left }).toEqual({ worked: 100, left: 9_900 });
  });

  it("stop no health check, and each is worked on once however often it is told", async () => {
    const told: number[] = [];
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const admit: Work["admit"] = async (_repository, issue) => {
      told.push(issue);
      await gate;
      return ignored;
    };
    app = await runApp({ admit });
    for (let again = 0; again < 20; again += 1) await app.deliver("issues", issueEvent(7));
    expect((await fetch(`${app.service.url}/healthz`)).status).toBe(200);
    expect(told).toEqual([7]);
    release();
    await until(() => told.length === 2);
    await app.deliver("issues", issueEvent(8));
    await until(() => told.includes(8));
    expect(told).toEqual([7, 7, 8]);
  });
});
