import { answerTo, laterAnswer, revokedAnswer, withNotes } from "../core/decision/answer.ts";
import { REVOKED_KEY_RULE } from "../core/decision/barriers.ts";
import { basisOf } from "../core/decision/basis.ts";
import { decide, type Facts } from "../core/decision/decide.ts";
import type { Decision } from "../core/decision/decision.ts";
import { doneAnswer } from "../core/decision/done-answer.ts";
import { explainComputer, explanationLines } from "../core/decision/explain.ts";
import { type Act, type Heard, hear } from "../core/decision/hearing.ts";
import { LIMIT_RULE, tooMany } from "../core/decision/limit.ts";
import { actedOn, broughtBy, isInForce } from "../core/decision/standing.ts";
import { causeOf, Failure } from "../core/failure.ts";
import type { ComputerId } from "../core/names.ts";
import type { Certificates } from "../core/ports/certificates.ts";
import type { Answer, Inbox } from "../core/ports/inbox.ts";
import type { RegistryChange } from "../core/ports/registry.ts";
import type { ComputerRecord } from "../core/registry/record.ts";
import type { Registry } from "../core/registry/registry.ts";
import type { Issue } from "../core/submission/issue.ts";
import { readSubmission, type Submission } from "../core/submission/submission.ts";
import { changeOfAct, changeOfGrant, digest } from "./change.ts";
import { SignedOnce } from "./signed-once.ts";
import { factsOf, observe, type World, type WorldPorts } from "./world.ts";

export interface AdmitPorts extends WorldPorts {
  readonly inbox: Inbox;
  readonly certificates: Certificates;
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
 * Takes an issue's number, reads everything about it anew, and carries out what realm.yaml and the commands in its
 * comments say. May be repeated, and run anywhere at once with any other: a grant or a command counts from its commit,
 * and whoever finds the commit finishes the rest.
 */
export async function admit(ports: AdmitPorts, number: number): Promise<Admitted> {
  const issue = await ports.inbox.read(number);
  if (issue === undefined) return { kind: "ignored" };
  const read = readSubmission(issue.title, issue.body);
  if (read.kind === "none") return { kind: "ignored" };
  const about: About =
    read.kind === "read"
      ? { id: read.submission.id, submission: read.submission }
      : { id: read.id, submission: undefined };
  try {
    return await settle(ports, issue, about);
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== "unavailable") throw error;
    const why = causeOf(error);
    await ports.inbox.answer(number, laterAnswer(why));
    return { kind: "later", why };
  }
}

/** What a title names; of a text that can't be understood the submission is missing, and the id may be. */
interface About {
  readonly id: ComputerId | undefined;
  readonly submission: Submission | undefined;
}

async function settle(ports: AdmitPorts, first: Issue, about: About): Promise<Admitted> {
  const { id, submission } = about;
  const signed = new SignedOnce(ports.certificates);
  let issue = first;
  let world = await observe(ports);
  for (;;) {
    if (world.kind === "later") {
      await ports.inbox.answer(issue.number, laterAnswer(world.why));
      return world;
    }
    const settled = submission === undefined ? undefined : settledBefore(issue, submission, world);
    // What was carried out turns on no team any more.
    const facts = await factsOf(ports, issue, settled === undefined ? submission : undefined, world);
    const heard = hear(facts);
    const next = await nextStep(ports, facts, about, { settled, heard });
    if (next.kind !== "write") {
      await signed.dropAllBut(settled);
      return finish(ports, facts, world, next, { id, heard });
    }
    const change =
      next.act === undefined
        ? await changeOfGrant(facts, next.submission, next.decision, { realmCommit: world.commit, signed })
        : changeOfAct(facts, next.id, next.act);
    const committed = await ports.registry.commit(world.snapshot, change);
    if (committed.kind === "committed") {
      // After a crash just here, reconcile removes them.
      for (const certificate of refusedBy(change, world.snapshot.registry))
        await ports.certificates.remove(certificate, "end session");
      // Once more: later comments may command something else of what stands in the registry now.
      world = { ...world, snapshot: committed.snapshot };
      continue;
    }
    // Somebody was first. The text may have changed meanwhile too, so all of it is read again.
    const again = await ports.inbox.read(issue.number);
    if (again === undefined || digest(again) !== digest(issue)) {
      await signed.dropAllBut(undefined);
      return admit(ports, issue.number);
    }
    issue = again;
    world = await observe(ports, world.snapshot);
  }
}

/** The certificates that a change is the first to refuse. */
function refusedBy({ records }: RegistryChange, before: Registry): readonly string[] {
  return records.flatMap(({ id, refused }) => {
    const known = new Set(before.get(id)?.refused.map(({ certificate }) => certificate));
    return refused.flatMap(({ certificate }) =>
      certificate === undefined || known.has(certificate) ? [] : [certificate],
    );
  });
}

type Next =
  | { readonly kind: "write"; readonly act: Act; readonly id: ComputerId }
  | {
      readonly kind: "write";
      readonly act: undefined;
      readonly submission: Submission;
      readonly decision: Extract<Decision, { kind: "grant" }>;
    }
  | { readonly kind: "settled"; readonly record: ComputerRecord; readonly submission: Submission }
  | { readonly kind: "decided"; readonly decision: Exclude<Decision, { kind: "none" }> };

/** A command still to be carried out comes first, then what is settled, then the rules. */
async function nextStep(
  { inbox }: AdmitPorts,
  facts: Facts,
  { id, submission }: About,
  { settled, heard }: { readonly settled: ComputerRecord | undefined; readonly heard: Heard },
): Promise<Next> {
  if (heard.act !== undefined && id !== undefined) return { kind: "write", act: heard.act, id };
  if (settled !== undefined && submission !== undefined)
    return { kind: "settled", record: settled, submission };
  const decision = decide(facts);
  if (decision.kind === "none") throw new Error("a submission's title is no longer one");
  if (decision.kind === "grant" && submission !== undefined)
    return { kind: "write", act: undefined, submission, decision };
  const { author, number } = facts.issue;
  if (decision.kind !== "ask" || author === null) return { kind: "decided", decision };
  // Asked only now: whoever is let in at once, or refused, makes nobody wait.
  const waiting = (await inbox.openOf(author)).filter((other) => other < number).length;
  return { kind: "decided", decision: tooMany(decision, waiting) ?? decision };
}

/** The record, if this very text is in the registry already: then only what follows the commit is left to do. */
function settledBefore(
  issue: Issue,
  submission: Submission,
  { snapshot: { registry } }: World,
): ComputerRecord | undefined {
  const record = registry.get(submission.id);
  if (record === undefined) return undefined;
  if (submission.kind === "revoke")
    return actedOn(record, { issue: issue.number }) === undefined ? undefined : record;
  const brought = broughtBy(record, issue.number, digest(issue));
  return Object.values(brought).some(({ length }) => length > 0) ? record : undefined;
}

/** Whether the computer was revoked here, or after this issue had let in the key that is refused by now. */
function speaksOfRevoked(
  { kind, because: [{ rule }] }: Reasoned,
  issue: Issue,
  record?: ComputerRecord,
): boolean {
  if (kind !== "refuse" || record?.revoked === undefined) return false;
  const { revoked } = record;
  if (revoked.issue === issue.number) return true;
  // A sweep that revokes does so for no issue.
  const before = revoked.issue === undefined ? issue.createdAt < revoked.at : issue.number < revoked.issue;
  return before && rule === REVOKED_KEY_RULE;
}

type Reasoned = Exclude<Decision, { kind: "none" }>;

/** Such a decision turns on the author's other issues, which no basis holds. */
const isLimit = (next: Next): boolean =>
  next.kind === "decided" && next.decision.because[0].rule === LIMIT_RULE;

/** Everything after the commit; each step may be repeated. */
async function finish(
  ports: AdmitPorts,
  facts: Facts,
  world: World,
  next: Exclude<Next, { kind: "write" }>,
  { id, heard }: { readonly id: ComputerId | undefined; readonly heard: Heard },
): Promise<Admitted> {
  const { issue, realm, registry, now } = facts;
  const record = id === undefined ? undefined : registry.get(id);
  // Teams are not asked for it: anyone may ask, and as often as they like.
  const explained =
    heard.explain && id !== undefined ? explanationLines(explainComputer({ realm, registry, id, now })) : [];
  const basis = isLimit(next) ? undefined : basisOf(facts);
  const upon = basis === undefined ? undefined : { issue, basis };
  const say = (answer: Answer) => ports.inbox.answer(issue.number, withNotes(answer, heard, explained), upon);

  if (next.kind === "settled" && next.submission.kind !== "revoke") {
    const brought = broughtBy(next.record, issue.number, digest(issue));
    // One whose end has come may be gone already: reconcile removes those.
    for (const part of brought.certificates)
      if (isInForce(part, facts.now)) await ports.certificates.activate(part.certificate);
    const [part] = [...brought.sshKeys, ...brought.hostKeys, ...brought.certificates];
    if (part === undefined) throw new Error("a settled issue brought nothing in");
    await say(doneAnswer(next.record, part.evidence, realm, world.link));
    return { kind: "granted", record: next.record };
  }
  const here = next.kind === "settled" || speaksOfRevoked(next.decision, issue, record);
  if (here && record !== undefined) {
    await say(revokedAnswer(record.id));
    return { kind: "revoked", record };
  }
  if (next.kind === "settled") throw new Error("a settled issue has no record");
  await say(answerTo(next.decision, world.link));
  return { kind: next.decision.kind === "ask" ? "waiting" : "refused", decision: next.decision };
}
