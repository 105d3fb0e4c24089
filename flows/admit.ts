import { accept } from "../core/decision/accept.ts";
import { revoked } from "../core/decision/acts.ts";
import { answerTo, doneAnswer, laterAnswer, type RealmLink, revokedAnswer } from "../core/decision/answer.ts";
import { handsOf } from "../core/decision/approvals.ts";
import { decide } from "../core/decision/decide.ts";
import type { Decision } from "../core/decision/decision.ts";
import { broughtBy } from "../core/decision/standing.ts";
import { teamsAskedOf } from "../core/decision/trust.ts";
import { causeOf, Failure } from "../core/failure.ts";
import { roleOf } from "../core/names.ts";
import { formatProblem } from "../core/place.ts";
import type {
  Certificates,
  Clock,
  Inbox,
  People,
  RealmSource,
  RegistryStore,
  SignatureCheck,
  Snapshot,
} from "../core/ports.ts";
import { type Realm, readRealm, systemOf } from "../core/realm/realm.ts";
import type { CommitId, ComputerRecord } from "../core/registry/record.ts";
import { digestOf } from "../core/submission/digest.ts";
import type { Issue } from "../core/submission/issue.ts";
import { readSubmission, type Submission } from "../core/submission/submission.ts";
import { isProven } from "./proof.ts";
import { SignedOnce } from "./signed-once.ts";

export interface AdmitPorts {
  readonly inbox: Inbox;
  readonly people: People;
  readonly realm: RealmSource;
  readonly registry: RegistryStore;
  readonly certificates: Certificates;
  /** For proofs of possession: namespace `warren-enroll`. */
  readonly proofs: SignatureCheck;
  readonly clock: Clock;
}

export type Admitted =
  /** Not a submission, or no such issue. */
  | { readonly kind: "ignored" }
  | { readonly kind: "granted"; readonly record: ComputerRecord }
  | { readonly kind: "revoked"; readonly record: ComputerRecord }
  | { readonly kind: "waiting" | "refused"; readonly decision: Decision }
  /** Something outside did not answer; nothing was granted, and the next sweep tries again. */
  | { readonly kind: "later"; readonly why: string };

/**
 * Takes an issue's number, reads everything about it anew, and carries out what realm.yaml says. May be repeated, and
 * run anywhere at once with any other: a grant counts from its commit, and whoever finds the commit finishes the rest.
 */
export async function admit(ports: AdmitPorts, number: number): Promise<Admitted> {
  const issue = await ports.inbox.read(number);
  if (issue === undefined) return { kind: "ignored" };
  const read = readSubmission(issue.title, issue.body);
  if (read.kind === "none") return { kind: "ignored" };
  try {
    return await settle(ports, issue, read.kind === "read" ? read.submission : undefined);
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== "unavailable") throw error;
    const why = causeOf(error);
    await ports.inbox.answer(number, laterAnswer(why));
    return { kind: "later", why };
  }
}

/** The state of the world that one attempt decides on. */
interface World {
  readonly realm: Realm;
  readonly commit: CommitId;
  readonly link: RealmLink;
  readonly snapshot: Snapshot;
}

async function settle(
  ports: AdmitPorts,
  first: Issue,
  submission: Submission | undefined,
): Promise<Admitted> {
  const signed = new SignedOnce(ports.certificates);
  let issue = first;
  let snapshot: Snapshot | undefined;
  for (;;) {
    const world = await observe(ports, snapshot);
    if ("kind" in world) {
      await ports.inbox.answer(issue.number, laterAnswer(world.why));
      return world;
    }
    snapshot = world.snapshot;
    const settled = submission === undefined ? undefined : settledBefore(issue, submission, snapshot);
    if (settled !== undefined) {
      await signed.dropAllBut(settled);
      return finish(ports, issue, settled, world);
    }
    const decision = decide({ ...(await factsOf(ports, issue, submission, world)), issue });
    if (decision.kind === "none") return { kind: "ignored" };
    if (decision.kind !== "grant" || submission === undefined) {
      await signed.dropAllBut(undefined);
      await ports.inbox.answer(issue.number, answerTo(decision, world.link));
      return { kind: decision.kind === "ask" ? "waiting" : "refused", decision };
    }
    const change = await changeFor(ports, world, issue, submission, decision, signed);
    const committed = await ports.registry.commit(snapshot, change);
    if (committed.kind === "conflict") {
      // Somebody was first. The text may have changed meanwhile too, so all of it is read again.
      const again = await ports.inbox.read(issue.number);
      if (again === undefined || digest(again) !== digest(issue)) {
        await signed.dropAllBut(undefined);
        return admit(ports, issue.number);
      }
      issue = again;
      continue;
    }
    const record = committed.snapshot.registry.get(submission.id);
    if (record === undefined) throw new Error("a committed record is not in the registry");
    return finish(ports, issue, record, world);
  }
}

async function observe(
  ports: AdmitPorts,
  since: Snapshot | undefined,
): Promise<World | Extract<Admitted, { kind: "later" }>> {
  const [file, snapshot] = await Promise.all([ports.realm.head(), ports.registry.snapshot(since)]);
  const read = readRealm(file.text, "realm.yaml");
  if (read.ok) return { realm: read.realm, commit: file.commit, link: file.link, snapshot };
  const [problem] = read.problems;
  return {
    kind: "later",
    why: `realm.yaml has ${read.problems.length} problems, the first: ${formatProblem(problem)}`,
  };
}

/** Asks for the team memberships that the rules may turn on, of everyone who had a hand in the text. */
async function factsOf(
  ports: AdmitPorts,
  issue: Issue,
  submission: Submission | undefined,
  { realm, snapshot }: World,
) {
  const system = submission === undefined ? undefined : systemOf(realm, submission.id.system);
  const members = new Set<string>();
  if (submission !== undefined && system !== undefined) {
    for (const account of handsOf(issue) ?? []) {
      for (const team of teamsAskedOf(system, submission.id)) {
        if (await ports.people.isMember(team, account)) members.add(`${account.id} ${team.team}`);
      }
    }
  }
  return {
    realm,
    registry: snapshot.registry,
    isMember: (account: { readonly id: number }, team: string) => members.has(`${account.id} ${team}`),
    proven: await isProven(ports.proofs, issue, submission),
    now: ports.clock.now(),
  };
}

async function changeFor(
  ports: AdmitPorts,
  { realm, commit, snapshot: { registry } }: World,
  issue: Issue,
  submission: Submission,
  decision: Extract<Decision, { kind: "grant" }>,
  signed: SignedOnce,
) {
  const now = ports.clock.now();
  const title = `${submission.id.system}/${submission.id.computer}`;
  if (submission.kind === "revoke") {
    const record = registry.get(submission.id);
    if (record === undefined || issue.author === null) throw new Error("a revocation of nothing was granted");
    const by = { reason: submission.reason, issue: issue.number, by: issue.author, at: now };
    return { records: [revoked(record, by)], message: `${title}: revoke (#${issue.number})` };
  }
  const csr = "csr" in submission ? submission.csr : undefined;
  const issued =
    csr === undefined ? undefined : await signed.certificateFor(csr, roleOf(submission.id.computer));
  const record = accept({ realm, realmCommit: commit, registry, issue, submission, decision, issued, now });
  return { records: [record], message: `${title}: accept ${submission.kind} (#${issue.number})` };
}

/** The record, if this very text is in the registry already: then only what follows the commit is left to do. */
function settledBefore(
  issue: Issue,
  submission: Submission,
  { registry }: Snapshot,
): ComputerRecord | undefined {
  const record = registry.get(submission.id);
  if (record === undefined) return undefined;
  if (submission.kind === "revoke") return record.revoked?.issue === issue.number ? record : undefined;
  const brought = broughtBy(record, issue.number, digest(issue));
  return Object.values(brought).some(({ length }) => length > 0) ? record : undefined;
}

/** Everything after the commit; each step may be repeated. */
async function finish(
  ports: AdmitPorts,
  issue: Issue,
  record: ComputerRecord,
  { realm, link }: World,
): Promise<Admitted> {
  for (const { certificate } of record.refused) {
    if (certificate !== undefined) await ports.certificates.remove(certificate);
  }
  if (record.revoked !== undefined) {
    await ports.inbox.answer(issue.number, revokedAnswer(record.id));
    return { kind: "revoked", record };
  }
  const brought = broughtBy(record, issue.number, digest(issue));
  for (const { certificate } of brought.certificates) await ports.certificates.activate(certificate);
  const [part] = [...brought.sshKeys, ...brought.hostKeys, ...brought.certificates];
  if (part === undefined) throw new Error("a settled issue brought nothing in");
  await ports.inbox.answer(issue.number, doneAnswer(record, part.evidence, realm, link));
  return { kind: "granted", record };
}

const digest = (issue: Issue): string => digestOf({ ...issue, authorId: issue.author?.id ?? 0 });
