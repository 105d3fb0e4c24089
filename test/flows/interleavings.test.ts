import { beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { shortDigest } from "../../core/decision/approvals.ts";
import { type ComputerRecord, isEnrolled } from "../../core/registry/record.ts";
import { digestOf } from "../../core/submission/digest.ts";
import { admit } from "../../flows/admit.ts";
import { reconcile } from "../../flows/reconcile.ts";
import type { Swept } from "../../flows/sweep.ts";
import { Life } from "../fixtures/life.ts";
import { csrOf, sshKeyOf } from "../fixtures/made-keys.ts";
import { type Foundry, openFoundry, RealmInMemory } from "../fixtures/realm-in-memory.ts";

const RUNS = process.env.WARREN_LONG === "1" ? 1000 : 10;
const CSR = csrOf("335", "hula");
const RIVALS = ["tern/rival1", "tern/rival2"];

let foundry: Foundry;
beforeAll(async () => {
  foundry = await openFoundry();
});

/** Everything that people wrote, before the first event is delivered: the issues' numbers. */
async function written(): Promise<{ world: RealmInMemory; issues: readonly number[] }> {
  const world = await RealmInMemory.open(foundry);
  const opens = (login: string, id: string, ending: string, body: string) =>
    world.opens(login, `${id}.atlas.${ending}`, body);
  const digits = (issue: number) => digitsOf(world, issue);
  const plain = opens("alice", "333.hula", "sshkey.pub", sshKeyOf("333"));
  const request = opens("alice", "335.hula", "x509.csr", CSR);
  const approved = opens("bob", "controller-laptop.hula", "sshkey.pub", sshKeyOf("laptop"));
  world.says("alice", approved, `/approve ${digits(approved)}`);
  const waiting = opens("bob", "controller-phone.hula", "sshkey.pub", sshKeyOf("phone"));
  world.says("alice", waiting, "/approve 0123456789ab");
  const denied = opens("bob", "controller-tv.hula", "sshkey.pub", sshKeyOf("tv"));
  world.says("alice", denied, "/deny no screens");
  world.says("alice", denied, `/approve ${digits(denied)}`);
  const revoked = opens("alice", "336.hula", "sshkey.pub", sshKeyOf("336"));
  world.says("bob", revoked, "/revoke lost in the river");
  const lost = opens("alice", "337.hula", "sshkey.pub", sshKeyOf("337"));
  const revocation = opens("bob", "337.hula", "revoke", "sold");
  world.forge.setRole("bob", "write");
  const edited = opens("alice", "338.hula", "sshkey.pub", sshKeyOf("before"));
  world.rewrites("bob", edited, sshKeyOf("after"));
  const stranger = opens("eve", "339.hula", "sshkey.pub", sshKeyOf("eve"));
  const next = ["a", "b"].map((name) => opens("alice", `${name}.tern`, "sshkey.pub", sshKeyOf(name)));
  const rivals = ["rival1", "rival2"].map((name) =>
    opens("alice", `${name}.tern`, "sshkey.pub", sshKeyOf("one key")),
  );
  const alone = [plain, request, approved, waiting, denied, revoked, lost, revocation, edited, stranger];
  return { world, issues: [...alone, ...next, ...rivals] };
}

/** What `/approve` must name. */
function digitsOf(world: RealmInMemory, issue: number): string {
  const { repository, number, author, title, text } = world.issue(issue);
  return shortDigest(
    digestOf({ repositoryId: repository.id, number, authorId: author.id, title, body: text.body }),
  );
}

/** Without times and ids, which port `next` gave, and which rival was first. */
function outcome(world: RealmInMemory, issues: readonly number[]) {
  const paths = ({ id }: ComputerRecord) => `${id.system}/${id.computer}`;
  const records = world.records().filter((record) => !RIVALS.includes(paths(record)));
  const certificates = world.records().flatMap((record) => record.certificates);
  return {
    records: records.map((record) => [paths(record), standing(record)]).sort(),
    heldByOneRival: world.records().filter((record) => RIVALS.includes(paths(record))).length,
    ports: new Set(world.records().flatMap(({ port }) => port ?? [])).size,
    certificates: world.certificates().map(({ id, status }) => ({
      status,
      named: certificates.some(({ certificate }) => certificate === id),
    })),
    comments: issues.map((issue) => world.answers(issue).length),
  };
}

const standing = ({
  id,
  port,
  sshKeys,
  hostKeys,
  certificates,
  refused,
  revoked,
  history,
}: ComputerRecord) => ({
  port: id.system === "tern" ? port !== undefined : port,
  keys: [...sshKeys, ...hostKeys].map(({ fingerprint, end }) => [fingerprint, end !== undefined]),
  requests: certificates.map(({ csrSha256 }) => csrSha256),
  refused: refused.map(({ fingerprint }) => fingerprint),
  revoked: revoked?.reason,
  history: history.map(({ kind, reason, issue }) => ({ kind, reason, issue })),
});

describe("events that come twice, late, in any order or never", () => {
  it("end in what one sweep alone makes of the same issues", async () => {
    const alone = await written();
    await reconcile(alone.world.bot());
    const wanted = outcome(alone.world, alone.issues);
    const holders = alone.world
      .records()
      .filter(isEnrolled)
      .map(({ id }) => id.computer);
    expect(holders.sort()).toEqual(["333", "335", "338", "a", "b", "controller-laptop", "rival1"]);
    const event = fc.nat(alone.issues.length - 1);
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 20 }), fc.scheduler(), async (events, scheduler) => {
        const { world, issues } = await written();
        const turn = () => scheduler.schedule(Promise.resolve());
        const bot = world.bot(new Life(undefined, turn));
        const other = world.bot(new Life(undefined, turn));
        const admitted = events.map((index, at) => admit(at % 2 === 0 ? bot : other, issues[index] ?? 0));
        await scheduler.waitFor(Promise.all(admitted));
        const { swept } = await reconcile(world.bot());
        expect(swept.failed).toEqual([]);
        expect(outcome(world, issues)).toEqual(wanted);
      }),
      { numRuns: RUNS },
    );
  }, 600_000);
});

describe("a command whose event was lost", () => {
  it("lets a computer in at the next sweep, when it was /approve", async () => {
    const world = await RealmInMemory.open(foundry);
    const issue = world.opens("bob", "controller-laptop.hula.atlas.sshkey.pub", sshKeyOf("laptop"));
    const { swept } = await reconcile(world.bot());
    expect(world.face(issue)).toMatchObject({ labels: ["warren: waiting"] });
    world.passes(60);
    world.says("alice", issue, `/approve ${digitsOf(world, issue)}`);
    await reconcile(world.bot(), sinceOf(swept));
    expect(world.face(issue)).toMatchObject({ labels: ["warren: granted"], state: "closed", comments: 1 });
    expect(world.records().filter(isEnrolled)).toHaveLength(1);
  });

  it("takes a computer out at the next sweep, when it was /revoke on a closed issue", async () => {
    const world = await RealmInMemory.open(foundry);
    const issue = world.opens("alice", "335.hula.atlas.x509.csr", CSR);
    const { swept } = await reconcile(world.bot());
    expect(world.issue(issue).state).toBe("closed");
    world.passes(60);
    world.says("alice", issue, "/revoke lost in the river");
    await reconcile(world.bot(), sinceOf(swept));
    expect(world.face(issue)).toMatchObject({ labels: ["warren: revoked"], state: "closed", comments: 1 });
    expect(world.records().filter(isEnrolled)).toEqual([]);
    expect(world.certificates()).toEqual([]);
  });
});

const sinceOf = ({ cursor }: Swept) => (cursor === undefined ? {} : { since: cursor });
