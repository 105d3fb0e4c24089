import { formatId } from "../names.ts";
import { adminsOf, type System, systemOf } from "../realm/realm.ts";
import { type ReadCommand, readCommand } from "../submission/commands.ts";
import { digestOf } from "../submission/digest.ts";
import type { Account, Comment } from "../submission/issue.ts";
import { readSubmission, type Submission } from "../submission/submission.ts";
import { handsOf, lastEditOf, shortDigest } from "./approvals.ts";
import { decide, type Facts } from "./decide.ts";
import { whyNotRevoked } from "./revocation.ts";
import { actedOn, broughtBy, denialOf } from "./standing.ts";
import { named } from "./trust.ts";

/** A command that changes the registry, not yet carried out. */
export interface Act {
  readonly kind: "deny" | "revoke";
  readonly comment: number;
  readonly reason: string;
  readonly by: Account;
}

/** What one command did, or why it did nothing. */
export interface Note {
  /** `/approve`, as it was written. */
  readonly word: string;
  readonly comment: number;
  readonly by: Account | null;
  readonly counted: boolean;
  readonly says: string;
}

export interface Heard {
  /** The first command in the order of the comments that is still to be carried out. */
  readonly act: Act | undefined;
  readonly notes: readonly Note[];
  /** Somebody asked for the whole explanation. */
  readonly explain: boolean;
  /** There are more comments or edits than this, and so no command was looked for. */
  readonly unheard?: number;
}

/** What an issue's comments command. The registry remembers what was carried out, so that old comments do nothing. */
export function hear(facts: Facts): Heard {
  let act: Act | undefined;
  let explain = false;
  const notes: Note[] = [];
  const { history } = facts.issue;
  if (history.kind === "endless") return { act, notes, explain, unheard: history.most };
  for (const [index, comment] of facts.issue.comments.entries()) {
    const read = readCommand(comment.body);
    if (read.kind === "none") continue;
    const verdict = judgeCommand(read, comment, index, facts);
    explain ||= verdict.counted && read.kind === "read" && read.command.kind === "explain";
    if (verdict.act !== undefined) act ??= verdict.act;
    const [word = ""] = comment.body.trimStart().split(/\s/, 1);
    const { id, author } = comment;
    notes.push({ word, comment: id, by: author, counted: verdict.counted, says: verdict.says });
  }
  return { act, notes, explain };
}

interface Verdict {
  readonly counted: boolean;
  readonly says: string;
  readonly act?: Act;
}

const no = (says: string): Verdict => ({ counted: false, says });
const yes = (says: string): Verdict => ({ counted: true, says });

function judgeCommand(
  read: Exclude<ReadCommand, { kind: "none" }>,
  comment: Comment,
  index: number,
  facts: Facts,
): Verdict {
  const { author: by } = comment;
  const { realm, issue } = facts;
  // First of all: what was carried out stays so, whatever became of the comment since.
  const submitted = readSubmission(issue.title, issue.body);
  const id =
    submitted.kind === "none"
      ? undefined
      : submitted.kind === "read"
        ? submitted.submission.id
        : submitted.id;
  const record = id === undefined ? undefined : facts.registry.get(id);
  const acted =
    record === undefined ? undefined : actedOn(record, { issue: issue.number, comment: comment.id });
  if (acted !== undefined) return yes(acted.kind === "revoke" ? "revoked the computer" : "denied the text");

  if (by === null) return no("its author is an account that is gone");
  if (comment.edited) return no("the comment was edited; write a new one");
  if (comment.viaApp) return no("the comment was made through an app; write it by hand");
  if (read.kind === "unreadable") return no(read.problem);
  const { command } = read;
  if (command.kind === "explain") return yes("the explanation is below");
  if (command.kind === "retry") return yes("decided again");
  if (id === undefined) return no("the title names no computer");
  const system = systemOf(realm, id.system);
  if (system === undefined || id.realm !== realm.name)
    return no(`${formatId(id)} is in no system of realm.yaml`);
  const at = { by, comment, index, system, facts };
  if (command.kind === "revoke") return judgeRevoke(command.reason, { id }, at);
  if (submitted.kind !== "read")
    return no(`the text can't be understood, so there is nothing to ${command.kind}`);
  const { submission } = submitted;
  if (submission.kind === "revoke")
    return no(`there is nothing to ${command.kind}: a revocation waits for nobody`);
  return command.kind === "approve"
    ? judgeApprove(command.digest, submission, at)
    : judgeDeny(command.reason, submission, at);
}

interface At {
  readonly by: Account;
  readonly comment: Comment;
  /** Among the issue's comments: a command is judged by what stood before it. */
  readonly index: number;
  readonly system: System;
  readonly facts: Facts;
}

function judgeRevoke(reason: string, { id }: Pick<Submission, "id">, at: At): Verdict {
  const { by, comment, system, facts } = at;
  const { realm, registry, issue } = facts;
  const refusal = whyNotRevoked({ id }, { realm, system, registry }, [by], {
    issue: issue.number,
    comment: comment.id,
    at: comment.createdAt,
  });
  if (refusal !== undefined) return no(refusal.says);
  // It may have named another computer when the comment was written.
  const renamed = lastEditOf(issue, ["title", "transfer"]);
  if (renamed !== undefined && comment.createdAt <= renamed)
    return no("the title was changed after it; write a new comment");
  return {
    ...yes(`revokes ${formatId(id)}`),
    act: { kind: "revoke", comment: comment.id, reason, by },
  };
}

function judgeApprove(digits: string, submission: Submission, at: At): Verdict {
  const { by, system, facts } = at;
  const { issue, registry } = facts;
  const digest = textDigest(facts);
  const brought = partsOf(facts, submission);
  if (brought.length > 0) {
    const counted = brought.some(({ evidence }) => evidence.approvers.some(({ id }) => id === by.id));
    return counted ? yes("counted; the computer is in") : no("the text was let in without it");
  }
  const rights = whyNoAdmin(at, system);
  if (rights !== undefined) return no(rights);
  if (isBeforeEdit(at))
    return no("the text was edited after it; read it again, and approve what it says now");
  if (digits !== shortDigest(digest))
    return no(`it names ${digits}, and the text as it stands is ${shortDigest(digest)}`);
  if (denialOf(registry.get(submission.id), issue.number, digest) !== undefined)
    return no("the text was denied before");
  return yes("counts as an approval of exactly this text");
}

function judgeDeny(reason: string, submission: Submission, at: At): Verdict {
  const { by, comment, index, system, facts } = at;
  const { issue, registry } = facts;
  const rights = whyNoAdmin(at, system);
  if (rights !== undefined) return no(rights);
  if (isBeforeEdit(at)) return no("the text was edited after it; write a new comment");
  if (denialOf(registry.get(submission.id), issue.number, textDigest(facts)) !== undefined)
    return no("the text was denied already");
  const letIn = "the text was let in before it; /revoke takes the computer out";
  if (partsOf(facts, submission).length > 0) return no(letIn);
  // As if it had been read at once: approvals after it come too late, and so does it after enough of them.
  const before = { ...issue, comments: issue.comments.slice(0, index) };
  if (decide({ ...facts, issue: before }).kind === "grant") return no(letIn);
  return { ...yes("denies the text"), act: { kind: "deny", comment: comment.id, reason, by } };
}

/** An admin of the system or of the realm, and nobody who had a hand in the text. */
function whyNoAdmin({ by, facts: { realm, issue } }: At, system: System): string | undefined {
  const admins = adminsOf(realm, system);
  if (!admins.some(({ id }) => id === by.id)) {
    return `${named(by)} is no admin of ${system.name}; these are: ${admins.map(named).join(", ")}`;
  }
  const hands = handsOf(issue);
  return hands === null || hands.some(({ id }) => id === by.id)
    ? `${named(by)} had a hand in the text; another admin must judge it`
    : undefined;
}

function isBeforeEdit({ comment, facts: { issue } }: At): boolean {
  const edited = lastEditOf(issue);
  return edited !== undefined && comment.createdAt <= edited;
}

function partsOf(facts: Facts, { id }: Submission) {
  const record = facts.registry.get(id);
  if (record === undefined) return [];
  const { sshKeys, hostKeys, certificates } = broughtBy(record, facts.issue.number, textDigest(facts));
  return [...sshKeys, ...hostKeys, ...certificates];
}

const textDigest = ({ issue }: Facts): string => digestOf({ ...issue, authorId: issue.author?.id ?? 0 });
