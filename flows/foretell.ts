import { type Foretold, isTurn, type Turn } from "../core/check/turns.ts";
import { decide, type Facts } from "../core/decision/decide.ts";
import type { Decision } from "../core/decision/decision.ts";
import { broughtBy } from "../core/decision/standing.ts";
import type { IsMember } from "../core/decision/trust.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { SignatureCheck } from "../core/ports/computer.ts";
import type { Inbox, Undecided } from "../core/ports/inbox.ts";
import type { Realm } from "../core/realm/realm.ts";
import type { Registry } from "../core/registry/registry.ts";
import { digestOf } from "../core/submission/digest.ts";
import type { Issue } from "../core/submission/issue.ts";
import { readSubmission } from "../core/submission/submission.ts";
import { isProven } from "./proof.ts";

export interface ForetellPorts {
  readonly inbox: Pick<Inbox, "read"> & Undecided;
  /** For proofs of possession: namespace `warren-enroll`. */
  readonly proofs: SignatureCheck;
  readonly clock: Clock;
}

/** What decides: a realm.yaml, the registry under it, and who is in its teams. */
export interface Rules {
  readonly realm: Realm;
  readonly registry: Registry;
  readonly isMember: IsMember;
}

/** A hundred come in one request. */
const MOST_LISTED = 500;
/** Each takes two requests, or three: anybody may open pull requests, and the limit of 5,000 an hour is everybody's. */
const MOST_READ = 30;

/** Which open or refused submissions would be decided otherwise: a sweep after the change would do so. */
export async function foretell(ports: ForetellPorts, before: Rules, after: Rules): Promise<Foretold> {
  const found: Turn[] = [];
  const gaps: string[] = [];
  let [listed, read] = [0, 0];
  for await (const issue of ports.inbox.undecided()) {
    listed += 1;
    if (listed > MOST_LISTED) {
      gaps.push(`more than ${MOST_LISTED} submissions are open or refused; only the latest were looked at`);
      break;
    }
    // A listing shows neither comments nor apps, and a proof takes a process to verify: who passes here is read.
    if (turnOf({ issue, proven: true }, before, after, ports) === undefined) continue;
    if (read === MOST_READ) {
      gaps.push(`more than ${MOST_READ} submissions are concerned; only the latest are shown`);
      break;
    }
    read += 1;
    const whole = await ports.inbox.read(issue.number);
    if (whole === undefined) continue;
    const submission = readSubmission(whole.title, whole.body);
    const proven = await isProven(
      ports.proofs,
      whole,
      submission.kind === "read" ? submission.submission : undefined,
    );
    const turn = turnOf({ issue: whole, proven }, before, after, ports);
    if (turn !== undefined) found.push(turn);
  }
  return { turns: found, gaps };
}

function turnOf(
  given: Pick<Facts, "issue" | "proven">,
  before: Rules,
  after: Rules,
  { clock }: ForetellPorts,
): Turn | undefined {
  const now = clock.now();
  const by = (rules: Rules): Decision => decide({ ...rules, ...given, now });
  if (isSettled(given.issue, before.registry)) return undefined;
  const [from, to] = [by(before), by(after)];
  return isTurn(from, to) ? { issue: given.issue.number, from, to } : undefined;
}

/** What was carried out, and only not answered yet, is not decided again. */
function isSettled(issue: Issue, registry: Registry): boolean {
  const read = readSubmission(issue.title, issue.body);
  const record = read.kind === "read" ? registry.get(read.submission.id) : undefined;
  if (record === undefined) return false;
  const digest = digestOf({ ...issue, authorId: issue.author?.id ?? 0 });
  return Object.values(broughtBy(record, issue.number, digest)).some(({ length }) => length > 0);
}
