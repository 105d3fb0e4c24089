import type { SubmissionText } from "../core/computer/enrollment.ts";
import { markdownLines } from "../core/decision/markdown-text.ts";
import { Failure } from "../core/failure.ts";
import type { StateLabel } from "../core/ports/inbox.ts";

/** The realm's issues, as the account that submits sees them. */
export interface SubmittedIssues {
  login(): Promise<string>;
  /** Returns the new issue's number. */
  open(title: string, body: string): Promise<number>;
  status(number: number): Promise<SubmittedIssue>;
  /** The newest of this title that the account opened. */
  findOwn(title: string): Promise<SubmittedIssue | undefined>;
}

export interface SubmittedIssue {
  readonly number: number;
  readonly state: "open" | "closed";
  readonly label?: StateLabel;
  /** The bot's, in markdown. */
  readonly comment?: string;
  readonly body: string;
  readonly url: string;
}

export interface SubmissionPorts {
  readonly issues: SubmittedIssues;
  /** Submit anew what was submitted before. */
  readonly again: boolean;
  /** The issue that was opened here for exactly this text. */
  opened(text: SubmissionText): Promise<number | undefined>;
  keepOpened(text: SubmissionText, number: number): Promise<void>;
  pause(milliseconds: number): Promise<void>;
  tell(message: string): void;
}

const SHORTEST_PAUSE = 300;
const LONGEST_PAUSE = 10_000;

/** Opens an issue for `text`, or finds the one that was opened before, and waits for the bot if `wait` says so. */
export async function submit(
  ports: SubmissionPorts,
  text: SubmissionText,
  wait: boolean,
): Promise<{ readonly number: number; readonly granted: boolean }> {
  const number = await openOnce(ports, text);
  let told = "";
  for (let pause = SHORTEST_PAUSE; ; pause = Math.min(LONGEST_PAUSE, pause * 1.2)) {
    const issue = await ports.issues.status(number);
    if (issue.label === "warren: granted" && issue.state === "closed") return { number, granted: true };
    refuseIfRefused(issue, text);
    if (!wait) return { number, granted: false };
    const news = `${issue.label} ${issue.comment}`;
    if (news !== told && issue.label !== undefined && issue.label !== "warren: granted")
      tellNews(ports, issue);
    told = news;
    await ports.pause(pause);
  }
}

async function openOnce(ports: SubmissionPorts, text: SubmissionText): Promise<number> {
  const { issues, again } = ports;
  if (!again) {
    const opened = await ports.opened(text);
    if (opened !== undefined) return opened;
    // Opened by a run that did not live to write the number down.
    const found = await issues.findOwn(text.title);
    if (found !== undefined && sameText(found.body, text.body)) {
      await ports.keepOpened(text, found.number);
      return found.number;
    }
  }
  const number = await issues.open(text.title, text.body);
  await ports.keepOpened(text, number);
  ports.tell(`opened issue #${number} ${text.title}`);
  return number;
}

function refuseIfRefused(issue: SubmittedIssue, { title }: SubmissionText): void {
  const { number, state, label, comment = "", url } = issue;
  if (label === "warren: refused" || label === "warren: revoked") {
    const why = markdownLines(comment).join("\n  ");
    const hint = `once that is mended: comment /retry on ${url}, or run this with --again`;
    throw new Failure("refused", `issue #${number} ${title} was refused\n  ${why}`, { hint });
  }
  if (state === "closed" && label === undefined) {
    throw new Failure("refused", `issue #${number} ${title} was closed without an answer`, {
      hint: `see ${url}`,
    });
  }
}

function tellNews({ tell }: SubmissionPorts, { number, label, comment = "", url }: SubmittedIssue): void {
  const what = label === "warren: waiting" ? "waits for an admin" : "waits";
  tell([`issue #${number} ${what}: ${url}`, ...markdownLines(comment)].join("\n  "));
}

/** GitHub stores line ends its own way. */
const sameText = (a: string, b: string): boolean => tidy(a) === tidy(b);
const tidy = (text: string): string => text.replaceAll("\r\n", "\n").trim();
