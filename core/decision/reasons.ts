import type { Person, System } from "../realm/realm.ts";
import type { Account, Issue } from "../submission/issue.ts";
import type { Reason, Reasons } from "./decision.ts";
import { type Judgement, named } from "./trust.ts";

/** The sentences in which a decision by the rules gives its reasons. */

export function historyReasons(issue: Issue, hands: readonly Account[]): readonly Reason[] {
  if (issue.history.kind === "unknown") {
    return [{ rule: "issue.history", says: "edit history is not given; the issue counts as unedited" }];
  }
  if (hands.length < 2) return [];
  return [
    {
      rule: "issue.history",
      says: `text was edited by ${hands.slice(1).map(named).join(", ")}, so the rules judge them too`,
    },
  ];
}

export const endless = (most: number): Reason => ({
  rule: "issue.history",
  says: `issue has more than ${most} comments or edits, and none of them is read`,
  fix: "open a new issue",
});

export const asks = (
  what: string,
  needed: number,
  given: readonly Account[],
  approvers: readonly Person[],
) => {
  const missing = needed - given.length;
  const admins = missing === 1 ? "1 admin approves" : `${missing} admins approve`;
  const who =
    approvers.length === 0 ? "nobody can; add an admin to realm.yaml" : approvers.map(named).join(", ");
  return ({ account }: Judgement): string => `${named(account)} may enrol ${what} once ${admins}: ${who}`;
};

export function mapReasons(
  judgements: readonly Judgement[],
  says: (judgement: Judgement) => string,
): Reasons {
  const [first, ...rest] = judgements.flatMap((judgement) =>
    judgement.rule === undefined
      ? []
      : [{ rule: judgement.rule.path, at: judgement.rule.at, says: says(judgement) }],
  );
  if (first === undefined) throw new Error("a judgement without a rule reached its reasons");
  return [first, ...rest];
}

export const noRule = ({ account }: Judgement, what: string, system: System): Reason => ({
  rule: `systems.${system.name}.trust`,
  at: system.at,
  says: `no rule lets ${named(account)} enrol ${what}; what no rule allows is refused`,
  fix: `an admin can add a rule for ${named(account)} to systems.${system.name}.trust in realm.yaml`,
});
