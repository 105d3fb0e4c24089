import { formatId, roleOf } from "../names.ts";
import { adminsOf, type Realm, type System, systemOf } from "../realm/realm.ts";
import type { Registry } from "../registry/registry.ts";
import { digestOf } from "../submission/digest.ts";
import type { Account, Issue } from "../submission/issue.ts";
import { readSubmission, type Submission } from "../submission/submission.ts";
import { type Duration, type Instant, later } from "../time.ts";
import { approvalsOf, handsOf } from "./approvals.ts";
import { barrierTo, keysOf } from "./barriers.ts";
import { ceilingsOn } from "./ceilings.ts";
import type { Decision, Digest, Reason, Reasons } from "./decision.ts";
import { asks, endless, historyReasons, mapReasons, noRule } from "./reasons.ts";
import { refusalOf } from "./refusal.ts";
import { decideRevocation } from "./revocation.ts";
import { denialOf } from "./standing.ts";
import { type IsMember, judge, named, PLURAL } from "./trust.ts";

const PROOF_COMMAND = "ssh-keygen -Y sign -n warren-enroll -f <private key>";

/** Everything that a decision rests on. Same facts, same decision. */
export interface Facts {
  readonly realm: Realm;
  readonly registry: Registry;
  readonly issue: Issue;
  readonly isMember: IsMember;
  /** Whether the submission's proof of possession was verified; without a proof it says nothing. */
  readonly proven: boolean;
  readonly now: Instant;
}

/** Judges one issue by the rules of realm.yaml: grant, ask or refuse, never without a reason. */
export function decide(facts: Facts): Decision {
  const { issue, realm } = facts;
  const read = readSubmission(issue.title, issue.body);
  if (read.kind === "none") return { kind: "none" };
  const digest = digestOf({ ...issue, authorId: issue.author?.id ?? 0 });
  if (read.kind === "unreadable") {
    return {
      kind: "refuse",
      ...(read.id === undefined ? {} : { computer: read.id }),
      submission: read.claims,
      digest,
      keys: [],
      because: [{ rule: "submission.text", says: read.problem }],
    };
  }
  const { submission } = read;
  const refuse = refusalOf(submission, digest);

  if (issue.viaApp) {
    return refuse({ rule: "issue.author", says: "issue was opened through an app", fix: "open it by hand" });
  }
  if (issue.history.kind === "endless") return refuse(endless(issue.history.most));
  const hands = handsOf(issue);
  if (hands === null) {
    return refuse({
      rule: "issue.author",
      says: "author or an editor is an account that is gone",
      fix: "open a new issue",
    });
  }
  const system = placeOf(submission, realm, issue);
  if ("says" in system) return refuse(system);
  if (submission.kind === "revoke")
    return decideRevocation(submission, digest, hands, issue, { realm, system, registry: facts.registry });
  return decideByRules(submission, digest, system, hands, facts);
}

/** The system that the title names, if this realm and this repository are the ones it speaks of. */
function placeOf({ id }: Submission, realm: Realm, issue: Issue): System | Reason {
  if (id.realm !== realm.name) {
    return {
      rule: "realm",
      says: `realm ${JSON.stringify(id.realm)} is not this one; use ${JSON.stringify(realm.name)}`,
    };
  }
  if (realm.repository.id !== undefined && realm.repository.id !== issue.repositoryId) {
    return {
      rule: "repository",
      says: `repository ${issue.repositoryId} is not the realm's ${realm.repository.id}`,
    };
  }
  const system = systemOf(realm, id.system);
  if (system !== undefined) return system;
  const names = realm.systems.map(({ name }) => name).join(", ");
  return { rule: "systems", says: `system ${JSON.stringify(id.system)} is not in realm.yaml; use ${names}` };
}

function decideByRules(
  submission: Exclude<Submission, { kind: "revoke" }>,
  digest: Digest,
  system: System,
  hands: readonly Account[],
  facts: Facts,
): Decision {
  const { realm, registry, issue, isMember, now } = facts;
  const refuse = refusalOf(submission, digest);
  const judgements = hands.map((hand) => judge(system, hand, submission.id, isMember));
  const what = `${PLURAL[roleOf(submission.id.computer)]} in ${system.name}`;

  const unruled = judgements.find(({ rule }) => rule === undefined);
  if (unruled !== undefined) return refuse(noRule(unruled, what, system), ...unruled.passedOver);
  const refused = judgements.find(({ rule }) => rule?.then === "refuse");
  if (refused?.rule !== undefined) {
    const says = `${named(refused.account)} may not enrol ${what}`;
    return refuse({ rule: refused.rule.path, at: refused.rule.at, says }, ...refused.passedOver);
  }

  const denial = denialOf(registry.get(submission.id), issue.number, digest);
  if (denial !== undefined) {
    const says = `${named(denial.by)} denied exactly this text: ${JSON.stringify(denial.reason)}`;
    return refuse({ rule: "deny", says, fix: "open a new issue, or edit this one, once the reason is gone" });
  }

  // Only now: whom no rule lets in learns nothing about keys and ports.
  const barrier = barrierTo(submission, { realm, system, registry, proven: facts.proven, now });
  if (barrier !== undefined) return refuse(barrier);

  if (submission.kind === "enroll" && submission.proof !== undefined && !facts.proven) {
    const author = issue.author?.login ?? "";
    return refuse({
      rule: "submission.proof",
      says: `proof of possession is not one by this key over "${formatId(submission.id)} ${author}"; leave it out, or sign again`,
      fix: PROOF_COMMAND,
    });
  }

  const ceilings = ceilingsOn(submission, registry, hands, facts.proven);
  const rules = judgements.flatMap(({ rule }) => (rule === undefined ? [] : [rule]));
  const needed = Math.max(
    ceilings.length === 0 ? 0 : 1,
    ...rules.map((rule) => (rule.then === "ask" ? rule.approvals : 0)),
  );
  const approvers = adminsOf(realm, system).filter(({ id }) => hands.every((hand) => hand.id !== id));
  const given = approvalsOf(issue, digest, approvers);
  const about = { computer: submission.id, submission: submission.kind, digest, keys: keysOf(submission) };
  const supporting = [
    ...ceilings,
    ...historyReasons(issue, hands),
    ...judgements.flatMap(({ passedOver }) => passedOver),
  ];

  if (given.length < needed) {
    const because: Reasons = [...mapReasons(judgements, asks(what, needed, given, approvers)), ...supporting];
    return { kind: "ask", ...about, approvers, approvals: { needed, given }, because };
  }
  const granted =
    needed === 0 ? `may enrol ${what}` : `may enrol ${what}, approved by ${given.map(named).join(", ")}`;
  const because: Reasons = [
    ...mapReasons(judgements, ({ account }) => `${named(account)} ${granted}`),
    ...supporting,
  ];
  const end = endOf(rules, now);
  return { kind: "grant", ...about, approvedBy: given, because, ...(end === undefined ? {} : { end }) };
}

/** The earliest of the ends that the rules set. */
function endOf(rules: readonly { readonly for?: Duration }[], now: Instant): Instant | undefined {
  const ends = rules.flatMap((rule) => (rule.for === undefined ? [] : [later(now, rule.for)]));
  return ends.sort().at(0);
}
