import type { Attempt } from "./attempts.ts";
import * as attempt from "./attempts.ts";

/**
 * Who may try: a column of the table. The legacy ones belong to a system with `legacy: true`; `moved` is a device whose
 * system has moved to another proxy, on the one that it left.
 */
export const COLUMNS = ["device", "controller", "legacy device", "legacy controller", "moved"] as const;
export type Column = (typeof COLUMNS)[number];

/** What somebody may try on a proxy, and who gets it. */
export interface Row {
  readonly what: string;
  readonly gets: readonly Column[];
  /** Who has no such thing. */
  readonly without?: readonly Column[];
  readonly attempt: Attempt;
  /** Needs a tun device of this machine, and leave to make one. */
  readonly tun?: true;
}

const CONTROLLERS: readonly Column[] = ["controller", "legacy controller"];
const DEVICES: readonly Column[] = ["device", "legacy device"];

/** What each computer may do on its proxy. docs/security.md shows it; every cell is tried with a real ssh. */
export const ROWS: readonly Row[] = [
  { what: "listen on its own port", gets: DEVICES, without: CONTROLLERS, attempt: attempt.listen("own") },
  { what: "listen on another device's port", gets: [], attempt: attempt.listen("sibling") },
  { what: "listen on another system's port", gets: [], attempt: attempt.listen("foreign") },
  { what: "listen on a port of the proxy's choice (0)", gets: [], attempt: attempt.listenOnAny },
  {
    what: "listen for other machines, on its own port",
    gets: [],
    without: CONTROLLERS,
    attempt: attempt.listen("own", "0.0.0.0"),
  },
  {
    what: "listen for other machines, on another port",
    gets: [],
    attempt: attempt.listen("sibling", "0.0.0.0"),
  },
  {
    what: "listen as `localhost`, on its own port",
    gets: ["legacy device"],
    without: CONTROLLERS,
    attempt: attempt.listen("own", "localhost"),
  },
  {
    what: "listen as `localhost`, on another device's port",
    gets: ["legacy device"],
    attempt: attempt.listen("sibling", "localhost"),
  },
  {
    what: "listen as `localhost`, on another system's port",
    gets: [],
    attempt: attempt.listen("foreign", "localhost"),
  },
  { what: "listen on a stream socket", gets: [], attempt: attempt.listenOnStream },
  { what: "reach its own port", gets: DEVICES, without: CONTROLLERS, attempt: attempt.reachOwn },
  { what: "reach another device of its system", gets: CONTROLLERS, attempt: attempt.reach("sibling") },
  {
    what: "reach it as `localhost`",
    gets: ["legacy controller"],
    attempt: attempt.reach("sibling", "localhost"),
  },
  { what: "reach another system's device", gets: [], attempt: attempt.reach("foreign") },
  { what: "reach the proxy's own sshd", gets: [], attempt: attempt.reach("sshd") },
  { what: "reach the outside", gets: [], attempt: attempt.reach("outside") },
  { what: "reach a stream socket", gets: [], attempt: attempt.reachStream },
  { what: "ask who it is (`whoami`)", gets: COLUMNS, attempt: attempt.whoami },
  { what: "a shell", gets: [], attempt: attempt.shell },
  { what: "a command", gets: [], attempt: attempt.command },
  { what: "sftp", gets: [], attempt: attempt.sftp },
  { what: "a terminal", gets: [], attempt: attempt.leaves("SSH_TTY", "-tt") },
  { what: "leave its agent to the proxy", gets: [], attempt: attempt.leaves("SSH_AUTH_SOCK", "-A") },
  { what: "leave its X11 display to the proxy", gets: [], attempt: attempt.leaves("DISPLAY", "-Y") },
  { what: "a network device (tun)", gets: [], attempt: attempt.tun, tun: true },
];

/** Undefined where there is nothing to try. */
export const isAllowed = ({ gets, without = [] }: Row, column: Column): boolean | undefined =>
  without.includes(column) ? undefined : gets.includes(column);

/** As docs/security.md shows it. */
export function printTable(): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |\n`;
  const rows = ROWS.map((row) => line([row.what, ...COLUMNS.map((column) => mark(isAllowed(row, column)))]));
  return [line(["", ...COLUMNS]), line(["---", ...COLUMNS.map(() => "---")]), ...rows].join("");
}

const mark = (allowed: boolean | undefined): string =>
  allowed === undefined ? "—" : allowed ? "**yes**" : "no";
