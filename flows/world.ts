import type { RealmLink } from "../core/decision/answer.ts";
import { handsOf } from "../core/decision/approvals.ts";
import type { Facts } from "../core/decision/decide.ts";
import { teamsAskedOf } from "../core/decision/trust.ts";
import { formatProblem } from "../core/place.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { SignatureCheck } from "../core/ports/computer.ts";
import type { People } from "../core/ports/people.ts";
import type { RealmSource } from "../core/ports/realm.ts";
import type { RegistryStore, Snapshot } from "../core/ports/registry.ts";
import { type Realm, readRealm, systemOf } from "../core/realm/realm.ts";
import type { CommitId } from "../core/registry/record.ts";
import type { Issue } from "../core/submission/issue.ts";
import type { Submission } from "../core/submission/submission.ts";
import { isProven } from "./proof.ts";

export interface WorldPorts {
  readonly people: People;
  readonly realm: RealmSource;
  readonly registry: RegistryStore;
  /** For proofs of possession: namespace `warren-enroll`. */
  readonly proofs: SignatureCheck;
  readonly clock: Clock;
}

/** The state of the world that one attempt decides on. */
export interface World {
  readonly kind: "world";
  readonly realm: Realm;
  readonly commit: CommitId;
  readonly link: RealmLink;
  readonly snapshot: Snapshot;
}

/** Undecidable as long as realm.yaml is broken: then `why` says where. */
export async function observe(
  ports: WorldPorts,
  since?: Snapshot,
): Promise<World | { readonly kind: "later"; readonly why: string }> {
  const [file, snapshot] = await Promise.all([ports.realm.head(), ports.registry.snapshot(since)]);
  const read = readOnce(file.text);
  if (read.ok) {
    const realm = await withBlocklist(read.realm, ports.realm, file.commit);
    return "why" in realm ? realm : { kind: "world", realm, commit: file.commit, link: file.link, snapshot };
  }
  const [problem] = read.problems;
  return {
    kind: "later",
    why: `realm.yaml has ${read.problems.length} problems, the first: ${formatProblem(problem)}`,
  };
}

/** A list of weak keys that can't be read lets nobody in meanwhile. */
async function withBlocklist(
  realm: Realm,
  source: RealmSource,
  commit: CommitId,
): Promise<Realm | { readonly kind: "later"; readonly why: string }> {
  const path = realm.keys.blocklist;
  if (path === undefined) return realm;
  const list = await source.blocklist(path, commit);
  return list.ok ? { ...realm, blocklist: list.value } : { kind: "later", why: `${path}: ${list.problem}` };
}

let lastRead: { readonly text: string; readonly read: ReturnType<typeof readRealm> } | undefined;

/** Many submissions are decided by one realm.yaml, and to parse it takes longer than all the rest of a decision. */
function readOnce(text: string): ReturnType<typeof readRealm> {
  if (lastRead?.text !== text) lastRead = { text, read: readRealm(text, "realm.yaml") };
  return lastRead.read;
}

/** Asks for the team memberships that the rules may turn on, of everyone who had a hand in the text. */
export async function factsOf(
  ports: WorldPorts,
  issue: Issue,
  submission: Submission | undefined,
  { realm, snapshot }: World,
): Promise<Facts> {
  const system = submission === undefined ? undefined : systemOf(realm, submission.id.system);
  const members = new Set<string>();
  if (submission !== undefined && system !== undefined) {
    for (const account of handsOf(issue) ?? []) {
      for (const team of teamsAskedOf(system, submission.id, account)) {
        if (await ports.people.isMember(team, account)) members.add(`${account.id} ${team.team}`);
      }
    }
  }
  return {
    realm,
    registry: snapshot.registry,
    issue,
    isMember: (account, team) => members.has(`${account.id} ${team}`),
    proven: await isProven(ports.proofs, issue, submission),
    now: ports.clock.now(),
  };
}
