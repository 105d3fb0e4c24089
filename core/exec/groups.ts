import { counted } from "../counted.ts";
import { describeOutcome, type Outcome } from "./outcome.ts";

/** All that a command wrote on one device, and how it ended. */
export interface Gathered {
  readonly computer: string;
  readonly text: string;
  readonly outcome: Outcome;
}

/** Devices whose output and end are the same. */
export interface Group {
  readonly computers: readonly [string, ...string[]];
  readonly text: string;
  /** Undefined where there is nothing to say of it. */
  readonly ended: string | undefined;
}

/** The largest group first, so that what stands out comes last; else in the order of their first devices. */
export function groupsOf(gathered: readonly Gathered[]): readonly Group[] {
  const groups = new Map<
    string,
    { computers: [string, ...string[]]; text: string; ended: string | undefined }
  >();
  for (const { computer, text, outcome } of gathered) {
    const ended = describeOutcome(outcome);
    const key = JSON.stringify([text, ended]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { computers: [computer], text, ended });
    else group.computers.push(computer);
  }
  return [...groups.values()].sort((a, b) => b.computers.length - a.computers.length);
}

/** The line above a group's output. */
export function groupTitle({ computers, ended }: Group): string {
  const count = computers.length === 1 ? "" : ` (${counted(computers.length, "device")})`;
  return `--- ${computers.join(", ")}${count}${ended === undefined ? "" : `: ${ended}`}`;
}
