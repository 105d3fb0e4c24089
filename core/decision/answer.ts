import { type ComputerId, formatId } from "../names.ts";
import type { Answer, StateLabel } from "../ports/inbox.ts";
import { shortDigest } from "./approvals.ts";
import type { Decision, Reason } from "./decision.ts";
import type { Heard } from "./hearing.ts";
import { code, prose } from "./markdown.ts";

/** Where realm.yaml can be read at the commit that decided, e.g. `https://github.com/o/r/blob/<commit>/realm.yaml`. */
export type RealmLink = string;

/** What the bot writes on an issue: the verdict first, then why, then what happens next. */
export function answerTo(decision: Exclude<Decision, { kind: "none" }>, link: RealmLink): Answer {
  const why = explanation(decision.because, link);
  const keys = decision.keys
    .map(({ type, bits, fingerprint }) => `- ${code(type)} (${bits} bits) ${code(fingerprint)}`)
    .join("\n");
  const about = keys === "" ? why : `${why}\n\n${decision.keys.length === 1 ? "Key" : "Keys"}:\n${keys}`;
  switch (decision.kind) {
    case "grant":
      return answer("warren: granted", "open", `**Granted**; being carried out.\n\n${about}`);
    case "refuse":
      return answer(
        "warren: refused",
        "not_planned",
        `**Refused.** Nothing was changed.\n\n${about}\n\n${AFTER_REFUSAL}`,
      );
    case "ask":
      return answer(
        "warren: waiting",
        "open",
        `**Waiting for an admin.**\n\n${about}\n\n${howToApprove(decision)}`,
      );
  }
}

export const revokedAnswer = (id: ComputerId): Answer =>
  answer(
    "warren: revoked",
    "completed",
    `**Revoked.** ${code(formatId(id))} has no access any more; the next sync takes it off its proxy. ` +
      "Its keys are refused for ever.",
  );

export const laterAnswer = (why: string): Answer =>
  answer(
    "warren: later",
    "open",
    `**Not decided yet.** ${prose(why)}\n\nThis will be tried again by itself.`,
  );

/** The same answer, with what became of each command below it; the last ones where there are many. */
export function withNotes(
  given: Answer,
  { notes, unheard }: Pick<Heard, "notes" | "unheard">,
  explained: readonly string[],
): Answer {
  const lines = notes.slice(-MOST_NOTES).map(({ word, by, counted, says }) => {
    const who = by === null ? "an account that is gone" : code(by.login);
    return `- ${code(word)} by ${who}: ${counted ? "" : "**does nothing**: "}${prose(says)}`;
  });
  const left = notes.length - lines.length;
  if (left > 0) lines.unshift(`- ${left} earlier commands are left out here`);
  const parts = [given.body];
  if (unheard !== undefined) {
    const says = `This issue has more than ${unheard} comments or edits, so no command in it is heard.`;
    parts.push(
      `**Nobody is heard here.** ${says} A computer is taken out by a new issue: its id, and ${code(".revoke")}.`,
    );
  }
  if (lines.length > 0) parts.push(`Commands:\n${lines.join("\n")}`);
  if (explained.length > 0)
    parts.push(`Explanation:\n${explained.map((line) => `- ${prose(line)}`).join("\n")}`);
  return { ...given, body: parts.join("\n\n") };
}

const MOST_NOTES = 10;

/** One label for each state. */
export const answer = (label: StateLabel, state: Answer["state"], body: string): Answer => ({
  label,
  state,
  body,
});

/** Each reason with the line of realm.yaml that it rests on. */
export function explanation(reasons: readonly Reason[], link: RealmLink): string {
  return reasons
    .map(
      ({ rule, at, says, fix }) =>
        `- ${prose(says)} (${at === undefined ? code(rule) : `[${code(rule)}](${link}#L${at.line})`})${
          fix === undefined ? "" : `\n  *To mend it:* ${prose(fix)}`
        }`,
    )
    .join("\n");
}

function howToApprove({
  digest,
  approvers,
  approvals: { needed, given },
  computer,
}: Extract<Decision, { kind: "ask" }>): string {
  if (approvers.length === 0)
    return `**What happens next.** Nobody may approve ${code(formatId(computer))}: an admin must be added to realm.yaml.`;
  const names = approvers.map(({ login }) => code(login)).join(", ");
  const missing = needed - given.length;
  const who =
    approvers.length === 1
      ? `${names} lets it in`
      : missing > 1
        ? `${missing} of ${names} let it in`
        : `One of ${names} lets it in`;
  const lines = [
    `**What happens next.** ${who} by a comment with exactly these words:`,
    `\`\`\`\n/approve ${shortDigest(digest)}\n\`\`\``,
    `${code("/deny")} and a reason refuses it. If the text of this issue is edited, it starts over, with other words.`,
  ];
  if (given.length > 0) lines.push(`Approved so far: ${given.map(({ login }) => code(login)).join(", ")}.`);
  return lines.join("\n\n");
}

const AFTER_REFUSAL =
  "**What happens next.** Nothing, unless the title or text of this issue is edited: then it is decided again at once.";
