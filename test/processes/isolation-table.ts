import type { Attempt } from "./attempts.ts";
import * as attempt from "./attempts.ts";

/** Who may try: a column of the table. */
export type Column = "device" | "controller";

/** What somebody may try on a proxy, and who gets it. A dash: they have no such thing. */
export interface Row {
  readonly what: string;
  readonly gets: Readonly<Record<Column, boolean | "—">>;
  readonly attempt: Attempt;
  /** Needs a tun device of this machine, and leave to make one. */
  readonly tun?: true;
}

export const COLUMNS: readonly Column[] = ["device", "controller"];

const nobody = { device: false, controller: false };
const owner = { device: true, controller: "—" } as const;

/** What each computer may do on its proxy. docs/security.md shows it; every cell is tried with a real ssh. */
export const ROWS: readonly Row[] = [
  { what: "listen on its own port", gets: owner, attempt: attempt.listenOnOwn },
  { what: "listen on another device's port", gets: nobody, attempt: attempt.listen("sibling") },
  { what: "listen on another system's port", gets: nobody, attempt: attempt.listen("foreign") },
  { what: "listen on a port of the proxy's choice (0)", gets: nobody, attempt: attempt.listenOnAny },
  { what: "listen for other machines (0.0.0.0)", gets: nobody, attempt: attempt.listenOnAddress("0.0.0.0") },
  {
    what: "listen by another name (localhost)",
    gets: nobody,
    attempt: attempt.listenOnAddress("localhost"),
  },
  { what: "listen on a stream socket", gets: nobody, attempt: attempt.listenOnStream },
  { what: "reach its own port", gets: owner, attempt: attempt.reachOwn },
  {
    what: "reach another device of its system",
    gets: { device: false, controller: true },
    attempt: attempt.reach("sibling"),
  },
  { what: "reach another system's device", gets: nobody, attempt: attempt.reach("foreign") },
  { what: "reach the proxy's own sshd", gets: nobody, attempt: attempt.reach("sshd") },
  { what: "reach the outside", gets: nobody, attempt: attempt.reach("outside") },
  { what: "reach a stream socket", gets: nobody, attempt: attempt.reachStream },
  { what: "ask who it is (whoami)", gets: { device: true, controller: true }, attempt: attempt.whoami },
  { what: "a shell", gets: nobody, attempt: attempt.shell },
  { what: "a command", gets: nobody, attempt: attempt.command },
  { what: "sftp", gets: nobody, attempt: attempt.sftp },
  { what: "a terminal", gets: nobody, attempt: attempt.leaves("SSH_TTY", "-tt") },
  { what: "leave its agent to the proxy", gets: nobody, attempt: attempt.leaves("SSH_AUTH_SOCK", "-A") },
  { what: "leave its X11 display to the proxy", gets: nobody, attempt: attempt.leaves("DISPLAY", "-Y") },
  { what: "a network device (tun)", gets: nobody, attempt: attempt.tun, tun: true },
];

/** As docs/security.md shows it. */
export function printTable(): string {
  const mark = (gets: boolean | "—") => (gets === "—" ? gets : gets ? "yes" : "no");
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |\n`;
  const rows = ROWS.map(({ what, gets }) => line([what, ...COLUMNS.map((column) => mark(gets[column]))]));
  return [line(["on the proxy", ...COLUMNS]), line(["---", ...COLUMNS.map(() => "---")]), ...rows].join("");
}
