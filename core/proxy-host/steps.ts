import { hashOf } from "../access/manifest.ts";

/** One thing that root does to a host; the whole list can be printed before any of it is done. */
export type Step =
  | { readonly kind: "folder"; readonly path: string }
  | FileStep
  /** A file, a link or a whole folder goes. */
  | { readonly kind: "gone"; readonly path: string }
  | CommandStep
  /** sshd must say this of an account; else everything under /etc/ssh and /etc/pam.d is put back. */
  | { readonly kind: "check"; readonly account: string; readonly wanted: Settings };

export interface FileStep {
  readonly kind: "file";
  readonly path: string;
  readonly mode: number;
  readonly text: string;
  /** What a person should see of it, where the whole is long and not ours. */
  readonly shown?: string;
}

export interface CommandStep {
  readonly kind: "command";
  readonly argv: readonly [string, ...string[]];
  /** Statuses besides 0 that are no failure. */
  readonly may?: readonly number[];
  /** It looks and changes nothing. */
  readonly looks?: true;
}

/** Keywords as sshd_config spells them, with their values. */
export type Settings = readonly (readonly [string, string])[];

/** A sentence, and the command that mends it. */
export interface Notice {
  readonly says: string;
  readonly hint?: string;
}

export interface Plan {
  /** With any of them nothing is done. */
  readonly problems: readonly Notice[];
  readonly warnings: readonly Notice[];
  readonly steps: readonly Step[];
}

/** Whether the step changes the host; the others only look. */
export const changes = (step: Step): boolean =>
  step.kind !== "check" && !(step.kind === "command" && step.looks === true);

/** A step in a line: `file /etc/warren/serve`. */
export function nameOf(step: Step): string {
  switch (step.kind) {
    case "folder":
      return `make ${step.path} (root, 0755)`;
    case "file":
      return `write ${step.path} (root, ${octal(step.mode)})`;
    case "gone":
      return `remove ${step.path}`;
    case "command":
      return `run ${step.argv.map(word).join(" ")}`;
    case "check":
      return `check sshd's settings for ${step.account}`;
  }
}

/** A step with all it writes, as `--dry-run` prints it. */
export function describe(step: Step): readonly string[] {
  const text = step.kind === "file" ? (step.shown ?? shownText(step)) : "";
  const lines = text.split("\n");
  return [nameOf(step), ...(lines.at(-1) === "" ? lines.slice(0, -1) : lines).map((line) => `  | ${line}`)];
}

const LONGEST = 32_768;

const shownText = ({ text }: FileStep): string =>
  text.length <= LONGEST ? text : `${Buffer.byteLength(text)} bytes, sha256 ${hashOf(text)}`;

const octal = (mode: number): string => mode.toString(8).padStart(4, "0");

/** As a person would type it; it is run from its array. */
const word = (text: string): string =>
  /^[\w./:=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
