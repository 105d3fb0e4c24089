import { beforeAll, describe, expect, it } from "@jest/globals";
import { proofText } from "../../core/computer/enrollment.ts";
import { parseComputerId } from "../../core/names.ts";
import type { ComputerRecord } from "../../core/registry/record.ts";
import { printEnrollForm } from "../../core/submission/form.ts";
import { admit } from "../../flows/admit.ts";
import { reconcile } from "../../flows/reconcile.ts";
import { sealOf } from "../fixtures/in-memory-proofs.ts";
import { Crash, type End, Life } from "../fixtures/life.ts";
import { csrOf, sshKeyOf } from "../fixtures/made-keys.ts";
import { type Foundry, openFoundry, RealmInMemory } from "../fixtures/realm-in-memory.ts";

const SSHKEY = "333.hula.atlas.sshkey.pub";
const CSR = "333.hula.atlas.x509.csr";
const CONTROLLER_CSR = "controller-1.hula.atlas.x509.csr";
const ENROLL = "333.hula.atlas.enroll";
const FIRST = sshKeyOf("first");

/** Requests are made once: a signed one takes its time. */
const CSRS = [csrOf("333", "hula"), csrOf("333", "hula"), csrOf("controller-1", "hula")] as const;

const form = (words: string, csr: string): string => {
  const id = parseComputerId("333.hula.atlas");
  if (!id.ok) throw new Error(id.problem);
  const key = sshKeyOf(words);
  const proof = sealOf(proofText(id.value, "alice"), key);
  return printEnrollForm({ key, hostKeys: [sshKeyOf(`host of ${words}`)], csr, proof });
};

interface Scenario {
  readonly name: string;
  /** What stands in the realm before; each is admitted, in order, without a crash. */
  readonly before: readonly (readonly [title: string, body: string])[];
  readonly crashes: readonly [title: string, body: string];
  /** The crash comes when this comment on it is carried out, not before; `/approve` is completed from the bot's answer. */
  readonly says?: "/approve" | "/revoke stolen" | "/deny no";
  /** What the computer's record must hold in the end. */
  readonly ends: Readonly<Record<"sshKeys" | "hostKeys" | "certificates" | "refused", number>>;
  /** At least so many things are done outside: else the test would have nothing to crash at. */
  readonly effects: number;
}

const SCENARIOS: readonly Scenario[] = [
  {
    name: "admitting an SSH key",
    before: [],
    crashes: [SSHKEY, FIRST],
    ends: { sshKeys: 1, hostKeys: 0, certificates: 0, refused: 0 },
    effects: 4,
  },
  {
    name: "admitting a certificate request",
    before: [],
    crashes: [CSR, CSRS[0]],
    ends: { sshKeys: 0, hostKeys: 0, certificates: 1, refused: 0 },
    effects: 7,
  },
  {
    name: "enrolling with key, host key, request and proof",
    before: [],
    crashes: [ENROLL, form("first", CSRS[0])],
    ends: { sshKeys: 1, hostKeys: 1, certificates: 1, refused: 0 },
    effects: 7,
  },
  {
    name: "rotating key and request",
    before: [[ENROLL, form("first", CSRS[0])]],
    crashes: [ENROLL, form("second", CSRS[1])],
    ends: { sshKeys: 2, hostKeys: 2, certificates: 2, refused: 0 },
    effects: 7,
  },
  {
    name: "revoking",
    before: [[ENROLL, form("first", CSRS[0])]],
    crashes: ["333.hula.atlas.revoke", "lost in the river"],
    ends: { sshKeys: 0, hostKeys: 0, certificates: 0, refused: 3 },
    effects: 7,
  },
  {
    name: "approving, by a comment",
    before: [],
    crashes: [CONTROLLER_CSR, CSRS[2]],
    says: "/approve",
    ends: { sshKeys: 0, hostKeys: 0, certificates: 1, refused: 0 },
    effects: 7,
  },
  {
    name: "revoking by a comment on a closed issue",
    before: [],
    crashes: [ENROLL, form("first", CSRS[0])],
    says: "/revoke stolen",
    ends: { sshKeys: 0, hostKeys: 0, certificates: 0, refused: 3 },
    effects: 5,
  },
  {
    name: "denying, by a comment",
    before: [],
    crashes: [CONTROLLER_CSR, CSRS[2]],
    says: "/deny no",
    ends: { sshKeys: 0, hostKeys: 0, certificates: 0, refused: 0 },
    effects: 4,
  },
];

let foundry: Foundry;
beforeAll(async () => {
  foundry = await openFoundry();
});

describe.each(SCENARIOS)("a crash while $name", (scenario) => {
  it("leaves nothing half done, wherever it comes", async () => {
    const whole = await run(scenario, undefined);
    const effects = whole.life.effects.length;
    await recover(whole.world);
    const wanted = seen(whole.world, whole.issue, scenario);
    expect(wanted).toMatchObject({
      record: scenario.ends,
      orphans: 0,
      face: { state: "closed", comments: 1 },
    });
    expect(effects).toBeGreaterThanOrEqual(scenario.effects);
    for (let effect = 1; effect <= effects; effect++) {
      for (const when of ["before", "after"] as const) {
        const { world, life, issue } = await run(scenario, { effect, when });
        expect(life.crashed).toBe(true);
        await recover(world);
        const where = `${when} effect ${effect}, ${life.effects.at(-1)}`;
        expect({ where, ...seen(world, issue, scenario) }).toEqual({ where, ...wanted });
      }
    }
  }, 60_000);
});

/** The scenario up to its crash, or to its end. */
async function run({ before, crashes, says }: Scenario, end: End | undefined) {
  const world = await RealmInMemory.open(foundry);
  for (const [title, body] of before) await admit(world.bot(), world.opens("alice", title, body));
  const issue = world.opens("alice", ...crashes);
  if (says !== undefined) {
    await admit(world.bot(), issue);
    const shown = /\/approve [0-9a-f]{12}/.exec(world.answers(issue).join())?.[0] ?? says;
    world.says("bob", issue, says === "/approve" ? shown : says);
    world.passes(1);
  }
  const life = new Life(end);
  await admit(world.bot(life), issue).catch((error: unknown) => {
    if (!(error instanceof Crash)) throw error;
  });
  return { world, life, issue };
}

/** What the next instance does: at once, and again when what nobody claims is old enough to be removed. */
async function recover(world: RealmInMemory): Promise<void> {
  for (const seconds of [60, 3601]) {
    world.passes(seconds);
    const { swept } = await reconcile(world.bot());
    expect(swept.failed).toEqual([]);
  }
}

/** Everything that must be the same however often the bot died, without times and certificate ids. */
function seen(world: RealmInMemory, issue: number, scenario: Scenario) {
  const records = world.records();
  const named = records.flatMap(({ certificates }) => certificates.map(({ certificate }) => certificate));
  const active = world.certificates().filter(({ status }) => status === "ACTIVE");
  return {
    records: records.length,
    record: records.map(counted)[0],
    ports: records.map(({ port }) => port),
    commits: world.branch.log,
    activeAndNamed: active.map(({ id, policies }) => ({ named: named.includes(id), policies })),
    orphans: world.certificates().length - named.length,
    face: world.face(issue),
    faces: scenario.before.map((_, index) => world.face(index + 1)),
  };
}

const counted = ({ sshKeys, hostKeys, certificates, refused }: ComputerRecord) => ({
  sshKeys: sshKeys.length,
  hostKeys: hostKeys.length,
  certificates: certificates.length,
  refused: refused.length,
});
