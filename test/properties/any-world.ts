import fc from "fast-check";
import type { Realm, Rule } from "../../core/realm/realm.ts";
import { Registry } from "../../core/registry/registry.ts";
import type { Account, Comment, Edit, Issue } from "../../core/submission/issue.ts";
import { honest, hostile } from "../corpus/corpus.ts";
import { alice, at, bob, realm as example, mallory } from "../fixtures/people.ts";
import { accepted, madeKey, madeRecord, revocation } from "../made/access.ts";
import { approvalOf, type World } from "./naive-rules.ts";

/** One input of a decision, with what the naive rules need to judge it. */
export interface AnyWorld extends World {
  readonly registry: Registry;
}

/** Namesakes among them: one login, two ids. */
const PEOPLE: readonly Account[] = [
  alice,
  bob,
  mallory,
  { id: 777, login: "alice" },
  { id: 583231, login: "renamed" },
  { id: 4, login: "dan" },
];
const anyone = fc.constantFrom(...PEOPLE);
const TEAMS = ["wildlife/field", "wildlife/office"];

const key = fc.constantFrom(...["a", "b", "c", "d"].map(madeKey));
const corpus = [...honest, ...hostile].map(({ body }) => body).filter((body) => body.length < 3000);
const hostKeys = `${madeKey("h1")}\n${madeKey("h2")}\n`;
const body = fc.oneof(
  { weight: 10, arbitrary: key },
  {
    weight: 2,
    arbitrary: fc
      .tuple(key, key)
      .map(([one, two]) => `### SSH public key\n\n${one}\n\n### SSH host keys\n\n${two}\n`),
  },
  { weight: 1, arbitrary: fc.constantFrom(hostKeys, ...corpus) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 60 }) },
  {
    weight: 1,
    arbitrary: fc.tuple(key, fc.string({ maxLength: 20 })).map(([line, more]) => `${line} ${more}`),
  },
);

const computer = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom("333", "334", "35", "3", "controller-a", "controller", "buoy-1") },
  { weight: 1, arbitrary: fc.string({ maxLength: 6 }) },
);
const system = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom("hula", "tern") },
  fc.constantFrom("root", "sea", "Hula"),
);
const suffix = fc.oneof(
  { weight: 8, arbitrary: fc.constant("sshkey.pub") },
  fc.constantFrom("x509.csr", "hostkey.pub", "enroll", "enroll", "revoke", "txt", "sshkey.pub "),
);
const title = fc.oneof(
  {
    weight: 20,
    arbitrary: fc
      .tuple(computer, system, fc.constantFrom("atlas", "atlas", "atlas", "atlas", "other"), suffix)
      .map((parts) => parts.join(".")),
  },
  fc.string({ unit: "binary", maxLength: 40 }),
);

const rule: fc.Arbitrary<Omit<Rule, "path">> = fc.record(
  {
    at: fc.constant({ file: "realm.yaml", line: 1, col: 1 }),
    who: fc.array(
      fc.oneof(
        { weight: 3, arbitrary: anyone },
        fc.constantFrom(...TEAMS).map((team) => ({ team })),
      ),
      { minLength: 1, maxLength: 3 },
    ),
    may: fc.constantFrom<Rule["may"]>(["device"], ["controller"], ["device", "controller"]),
    named: fc.constantFrom("*", "3*", "3?", "33?", "controller-*", "*-1", "?", "334"),
    then: fc.constantFrom<Rule["then"]>("grant", "ask", "ask", "refuse"),
    approvals: fc.integer({ min: 1, max: 3 }),
  },
  { requiredKeys: ["at", "who", "may", "then", "approvals"] },
);
const admins = fc.array(anyone, { minLength: 1, maxLength: 3 });
const anyRealm: fc.Arbitrary<Realm> = fc
  .tuple(
    fc.array(fc.array(rule, { minLength: 1, maxLength: 4 }), { minLength: 2, maxLength: 2 }),
    admins,
    admins,
    fc.integer({ min: 0, max: 19 }),
  )
  .map(([trust, realmAdmins, systemAdmins, frozen]) => ({
    ...example,
    admins: realmAdmins,
    freeze: frozen === 0,
    systems: example.systems.map((one, index) => ({
      ...one,
      allocate: "next",
      admins: systemAdmins,
      trust: (trust[index] ?? []).map((each, n) => ({ ...each, path: `systems.${one.name}.trust[${n}]` })),
    })),
  }));

/** Made once: a realm takes longer to make than to judge by. */
const realm = fc.constantFrom(...fc.sample(anyRealm, { numRuns: 2000, seed: 583231 }));

const ownedBy = (submitter: Account) => {
  const kept = accepted(madeKey("held"));
  const sshKeys = [{ ...kept, evidence: { ...kept.evidence, submitter } }];
  return madeRecord("333.hula.atlas", { port: 61000, sshKeys });
};
const lost = { what: "ssh", fingerprint: accepted(madeKey("d")).fingerprint, at: revocation.at } as const;
const standing = fc.constantFrom<{ registry: Registry; owner?: Account; revoked?: boolean }>(
  { registry: Registry.empty },
  { registry: Registry.of(1, [ownedBy(alice)]), owner: alice },
  { registry: Registry.of(1, [ownedBy(bob)]), owner: bob },
  {
    registry: Registry.of(1, [
      madeRecord("333.hula.atlas", { sshKeys: [], refused: [lost], revoked: revocation }),
    ]),
    revoked: true,
  },
);

const time = fc.integer({ min: 0, max: 59 }).map((second) => at(`10:00:${String(second).padStart(2, "0")}`));
const author = fc.option(anyone, { nil: null, freq: 15 });
const edit: fc.Arbitrary<Edit> = fc.record({
  what: fc.constantFrom("body", "title", "transfer"),
  editor: author,
  at: time,
});
const rarely = fc.integer({ min: 0, max: 9 }).map((n) => n === 0);
const comment = fc.record({
  id: fc.nat(),
  author,
  words: fc.oneof(
    { weight: 6, arbitrary: fc.constant("right") },
    fc.constantFrom("/approve", "/approve 000000000000", "/deny no", "hello"),
    fc.string({ maxLength: 30 }),
  ),
  createdAt: time,
  edited: rarely,
  viaApp: rarely,
});

const issue: fc.Arbitrary<Issue> = fc
  .record({
    author,
    title,
    body,
    viaApp: rarely,
    edits: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, fc.array(edit, { maxLength: 2 })),
    known: rarely,
    comments: fc.array(comment, { maxLength: 4 }),
  })
  .map(({ edits, known, comments, ...text }) => {
    const bare: Issue = {
      ...text,
      repositoryId: 1,
      number: 1,
      createdAt: at("09:00:00"),
      open: true,
      history: known ? { kind: "unknown" } : { kind: "known", edits },
      comments: [],
    };
    const said = comments.map(
      ({ words, ...about }): Comment => ({ ...about, body: words === "right" ? approvalOf(bare) : words }),
    );
    return { ...bare, comments: said };
  });

const membership = fc.subarray(PEOPLE.flatMap(({ id }) => TEAMS.map((team) => `${id} ${team}`)));

export const anyWorld: fc.Arbitrary<AnyWorld> = fc
  .record({ realm, issue, members: membership, standing })
  .map(({ realm, issue, members, standing: { registry, owner, revoked = false } }) => {
    const here = /^333\.hula\./.test(issue.title);
    return {
      realm,
      issue,
      members: new Set(members),
      registry,
      owner: here ? owner : undefined,
      revoked: here && revoked,
    };
  });
