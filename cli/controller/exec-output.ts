import { type Gathered, groupsOf, groupTitle } from "../../core/exec/groups.ts";
import { describeOutcome, type Outcome } from "../../core/exec/outcome.ts";
import { terminalLines, terminalText } from "../../core/terminal-text.ts";
import type { ExecScreen } from "./exec-screen.ts";
import { KeptOutput } from "./kept-output.ts";

/** Where it is shown. */
type Printer = Pick<ExecScreen, "print">;

/** How what many devices say is shown. */
export interface ExecOutput {
  /** What it returns is waited for before more is read of this device. */
  heard(computer: string, stream: "stdout" | "stderr", line: string): Promise<unknown> | undefined;
  ended(computer: string, outcome: Outcome): void;
  /** Nothing comes any more. */
  finish(): void;
}

export type Style = "lines" | "groups" | "json";

/** `raw`: what devices write goes to the terminal as it is, with the controls that could steer it. */
export function execOutput(style: Style, raw: boolean, screen: Printer): ExecOutput {
  const clean = raw ? (line: string) => line : terminalText;
  if (style === "groups") return groups(screen, clean);
  return style === "json" ? jsonLines(screen, clean) : lines(screen, clean);
}

type Clean = (line: string) => string;

/** Each line as it comes, behind its device's name. */
const lines = (screen: Printer, clean: Clean): ExecOutput => ({
  heard: (computer, stream, line) => screen.print(stream, `${computer}: ${clean(line)}\n`),
  ended: (computer, outcome) => {
    const says = describeOutcome(outcome);
    // Who was not tried stands in the summary.
    if (says === undefined || outcome.kind === "not-tried") return;
    const name = says.includes(computer) ? "" : `${computer}: `;
    const hint = outcome.kind === "not-reached" ? outcome.failure.hint : undefined;
    screen.print("stderr", terminalLines(`${name}${says}\n${hint === undefined ? "" : `hint: ${hint}\n`}`));
  },
  finish: () => {},
});

/** At the end, what is the same once, under the names of its devices. */
function groups(screen: Printer, clean: Clean): ExecOutput {
  const kept = new KeptOutput();
  const ends: Omit<Gathered, "text">[] = [];
  return {
    heard: (computer, _, line) => kept.add(computer, `${clean(line)}\n`),
    ended: (computer, outcome) => {
      if (outcome.kind !== "not-tried") ends.push({ computer, outcome });
    },
    finish: () => {
      const order = ends.toSorted((a, b) => byName.compare(a.computer, b.computer));
      const gathered = order.map((end) => ({ ...end, text: kept.take(end.computer) }));
      for (const group of groupsOf(gathered)) screen.print("stdout", `${groupTitle(group)}\n${group.text}`);
    },
  };
}

/** 9 before 10. */
const byName = new Intl.Collator("en", { numeric: true });

/** One document a line, as each device ends. */
function jsonLines(screen: Printer, clean: Clean): ExecOutput {
  const kept = new KeptOutput();
  const named = (computer: string, stream: string) => `${stream} of ${computer}`;
  return {
    heard: (computer, stream, line) => kept.add(named(computer, stream), `${clean(line)}\n`),
    ended: (computer, outcome) => {
      const [stdout, stderr] = [kept.take(named(computer, "stdout")), kept.take(named(computer, "stderr"))];
      screen.print("stdout", `${JSON.stringify({ computer, ...fields(outcome), stdout, stderr })}\n`);
    },
    finish: () => {},
  };
}

/** `outcome`, and what belongs to it. */
function fields(outcome: Outcome) {
  if (outcome.kind === "not-reached") {
    const { code, message } = outcome.failure;
    return { outcome: outcome.kind, failure: { code, message } };
  }
  const { kind, ...more } = outcome;
  return { outcome: kind, ...more };
}
