import { counted } from "../counted.ts";
import type { Failure } from "../failure.ts";

/** What became of one command on one device. */
export type Outcome =
  | { readonly kind: "done"; readonly status: number }
  /** Its session was ended after so many seconds. */
  | { readonly kind: "timed-out"; readonly seconds: number }
  /** The connection broke while it ran. */
  | { readonly kind: "lost"; readonly why: string }
  /** Nothing was run: the device is offline, does not answer, or may not be reached. */
  | { readonly kind: "not-reached"; readonly failure: Failure }
  /** Nothing was run, for others failed before. */
  | { readonly kind: "not-tried" }
  /** Its session was ended with everything else. */
  | { readonly kind: "interrupted" };

/** The command ran, or may have, and did not end well: what `--stop-after` and waves count. */
export const isFailed = (outcome: Outcome): boolean =>
  outcome.kind === "lost" ||
  outcome.kind === "timed-out" ||
  (outcome.kind === "done" && outcome.status !== 0);

/** In words, behind the device's name; undefined where there is nothing to say. */
export function describeOutcome(outcome: Outcome): string | undefined {
  switch (outcome.kind) {
    case "done":
      return outcome.status === 0 ? undefined : `exit status ${outcome.status}`;
    case "timed-out":
      return `no end within ${outcome.seconds} s; its session was ended, and what ignores that may still run there`;
    case "lost":
      return `connection lost: ${outcome.why}; the command may still run there`;
    case "not-reached":
      return outcome.failure.message;
    case "not-tried":
      return "not tried";
    case "interrupted":
      return "interrupted; what ignores the end of its session may still run there";
  }
}

/** How many stand where: what a line of progress says. */
export interface Tally {
  readonly total: number;
  readonly running: number;
  readonly well: number;
  readonly failed: number;
  readonly notReached: number;
}

export function describeTally({ total, running, well, failed, notReached }: Tally): string {
  const some = (count: number, what: string) => (count === 0 ? [] : [`${count} ${what}`]);
  return [
    `${well + failed + notReached} of ${counted(total, "device")} done`,
    ...some(failed, "failed"),
    ...some(notReached, "not reached"),
    ...some(running, "running"),
  ].join(", ");
}

/** The last word on all of them, with every name that needs a look; undefined if the command went well everywhere. */
export function summary(outcomes: ReadonlyMap<string, Outcome>): string | undefined {
  const named = (is: (outcome: Outcome) => boolean, what: string) => {
    const names = [...outcomes].filter(([, outcome]) => is(outcome)).map(([name]) => name);
    return names.length === 0 ? [] : [`${names.length} ${what}: ${names.join(", ")}`];
  };
  const parts = [
    ...named(isFailed, "failed"),
    ...named(({ kind }) => kind === "interrupted", "interrupted"),
    ...named(({ kind }) => kind === "not-reached", "not reached"),
    ...named(({ kind }) => kind === "not-tried", "not tried"),
  ];
  if (parts.length === 0) return undefined;
  const well = [...outcomes.values()].filter(wentWell).length;
  return [`${well} of ${counted(outcomes.size, "device")} went well`, ...parts].join("; ");
}

/** 0 if it went well everywhere, 3 if no device was reached, else 1. */
export function exitOf(outcomes: readonly Outcome[]): 0 | 1 | 3 {
  if (outcomes.every(wentWell)) return 0;
  const none = outcomes.every(
    (outcome) => outcome.kind === "not-reached" && outcome.failure.code === "unavailable",
  );
  return none ? 3 : 1;
}

const wentWell = (outcome: Outcome): boolean => outcome.kind === "done" && outcome.status === 0;
