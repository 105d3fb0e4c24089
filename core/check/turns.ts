import type { Decision, Reason } from "../decision/decision.ts";

/** A submission that would be decided otherwise. */
export interface Turn {
  readonly issue: number;
  readonly from: Decision;
  readonly to: Decision;
}

/** What was looked at to find them, and what wasn't. */
export interface Foretold {
  readonly turns: readonly Turn[];
  /** Why some or all decisions are not foretold; empty where all are. */
  readonly gaps: readonly string[];
}

/** Whether people would notice: a refusal for another reason is the same refusal. */
export function isTurn(from: Decision, to: Decision): boolean {
  if (from.kind !== to.kind) return true;
  if (from.kind === "ask" && to.kind === "ask") {
    const ids = (decision: typeof from) => decision.approvers.map(({ id }) => id).toSorted();
    return from.approvals.needed !== to.approvals.needed || ids(from).join() !== ids(to).join();
  }
  return from.kind === "grant" && to.kind === "grant" && from.end !== to.end;
}

/** `would be granted, and now waits for an admin` */
export function turnWords({ from, to }: Turn): string {
  if (from.kind === "ask" && to.kind === "ask")
    return `would still wait, for ${to.approvals.needed} of ${to.approvers.map(({ login }) => login).join(", ") || "nobody"}`;
  if (from.kind === "grant" && to.kind === "grant")
    return `would still be granted, ${to.end === undefined ? "without an end" : `until ${to.end}`}`;
  return `would ${THEN[to.kind]}; today's rules ${NOW[from.kind]}`;
}

const THEN = { grant: "be granted", ask: "wait for an admin", refuse: "be refused", none: "be left alone" };
const NOW = { grant: "grant it", ask: "ask an admin", refuse: "refuse it", none: "leave it alone" };

/** What decides then. */
export const reasonOf = (decision: Decision): Reason | undefined =>
  decision.kind === "none" ? undefined : decision.because[0];
