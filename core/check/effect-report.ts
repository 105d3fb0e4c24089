import { type KeyChange, legacyCosts, type ProxyPlan } from "../access/plan.ts";
import { counted } from "../counted.ts";
import type { RealmLink } from "../decision/answer.ts";
import { code, prose } from "../decision/markdown.ts";
import { named } from "../decision/trust.ts";
import { formatId } from "../names.ts";
import type { Effect, Orphan } from "./effect.ts";
import { LONGEST_BODY, type Report } from "./report.ts";
import { type Section, shorten } from "./shorten.ts";
import { type Foretold, reasonOf, type Turn, turnWords } from "./turns.ts";

/** What was compared, for people to see how old it is. */
export interface Compared {
  /** realm.yaml at the head, where a line may follow. */
  readonly link: RealmLink;
  readonly sequence: number;
  /** Why there is nothing to compare with: then everything counts as gained. */
  readonly alone?: string;
  /** realm.yaml changed on the default branch as well, so that a merge would give something else. */
  readonly stale: boolean;
}

/** A valid realm.yaml: who would gain or lose what, the worst first. */
export function effectReport(effect: Effect, foretold: Foretold, compared: Compared): Report {
  const { plans, orphans, stops, powers, warnings } = effect;
  const sums = sumsOf(plans);
  const title = titleOf(sums, {
    orphans: orphans.length,
    requests: foretold.turns.length,
    powers: powers.length,
  });
  // A pull request that mends a broken file must not be stopped by what it mends.
  const calm = compared.alone === undefined ? "success" : "neutral";
  const conclusion = stops.length > 0 ? "failure" : compared.stale ? "action_required" : calm;
  const sections: readonly Section[] = [
    ...listed("**Don't merge this.**", stops.map(item), "reason"),
    ...(compared.stale ? [said(STALE)] : []),
    ...(compared.alone === undefined ? [] : [said(`**Nothing to compare with.** ${prose(compared.alone)}`)]),
    ...listed("**Mind this.**", warnings.map(item), "remark"),
    ...listed(POWERS, powers.map(item), "change"),
    ...listed(ORPHANS, orphans.map(orphanLine), "device"),
    ...listed(
      REQUESTS,
      foretold.turns.map((turn) => turnLine(turn, compared.link)),
      "request",
    ),
    ...listed("**Not foretold:**", foretold.gaps.map(item), "gap"),
    ...(plans.length === 0 ? [said("Nothing would change on any proxy.")] : plans.map(planSection)),
  ];
  const from = `Compared by registry sequence ${compared.sequence}; made anew when this branch, realm.yaml or the registry moves.`;
  const headline = `**${title[0]?.toUpperCase()}${title.slice(1)}.**`;
  const shown = shorten([said(headline), ...sections], LONGEST_BODY - 500);
  const rest =
    shown.left === 0 ? "" : ` ${shown.left} lines are left out here; ${code("warren plan")} shows all of it.`;
  return { conclusion, title, body: `${shown.text}\n\n${from}${rest}`, annotations: [] };
}

const STALE =
  "**Update this branch.** realm.yaml changed on the default branch since this one left it. Below is what this branch alone changes; what a merge gives is told once it is updated.";
const ORPHANS =
  "**Devices that would be left without the account that enrolled them.** They keep their access until they are revoked or adopted:";
const POWERS = "**Who decides, and who may be let in, would change:**";
const REQUESTS = "**Requests that would be decided otherwise:**";

const said = (head: string): Section => ({ head, lines: [], noun: "" });
const listed = (head: string, lines: readonly string[], noun: string): readonly Section[] =>
  lines.length === 0 ? [] : [{ head, lines, noun }];
const item = (says: string): string => `- ${prose(says)}`;

interface Sums {
  readonly gains: number;
  readonly loses: number;
  readonly changes: number;
}

const sumsOf = (plans: readonly ProxyPlan[]): Sums => {
  const count = (kind: KeyChange["kind"]) =>
    plans.reduce((sum, { keys }) => sum + keys.filter((key) => key.kind === kind).length, 0);
  return { gains: count("gains"), loses: count("loses"), changes: count("changes") };
};

function titleOf(
  { gains, loses, changes }: Sums,
  { orphans, requests, powers }: Readonly<Record<"orphans" | "requests" | "powers", number>>,
): string {
  const parts = [
    loses === 0 ? "" : `${keys(loses)} would lose access`,
    gains === 0 ? "" : `${keys(gains)} would gain access`,
    changes === 0 ? "" : `${keys(changes)} would change`,
    orphans === 0
      ? ""
      : `${counted(orphans, "device")} would be left without who enrolled ${orphans === 1 ? "it" : "them"}`,
    requests === 0 ? "" : `${counted(requests, "request")} would be decided otherwise`,
    powers === 0 ? "" : `who decides or may be let in would change (${powers})`,
  ].filter((part) => part !== "");
  return parts.length === 0 ? "nobody would gain or lose access" : parts.join(", ");
}

const ORDER = { loses: 0, gains: 1, changes: 2 } as const;

function planSection(plan: ProxyPlan): Section {
  const { gains, loses, changes } = sumsOf([plan]);
  const costs = legacyCosts(plan.keys).map((cost) => `\n${item(cost)}`);
  const files = plan.files.added.length + plan.files.changed.length + plan.files.removed.length;
  const what =
    gains + loses + changes === 0
      ? `no key; only what ${counted(files, "file")} ${files === 1 ? "says" : "say"} of systems and computers`
      : `${loses} lost, ${gains} gained, ${changes} changed`;
  const lines = plan.keys
    .toSorted((a, b) => ORDER[a.kind] - ORDER[b.kind])
    .map(({ kind, computer, fingerprint, says, why }) => {
      const reason = why === undefined ? "" : ` (${prose(why)})`;
      return `- ${kind}: ${code(computer)} ${code(fingerprint)} ${prose(says)}${reason}`;
    });
  return { head: `**Proxy ${code(plan.proxy)}:** ${what}.${costs.join("")}`, lines, noun: "key" };
}

const orphanLine = ({ device, by }: Orphan): string =>
  `- ${code(formatId(device))}, enrolled by ${code(named(by))}`;

function turnLine(turn: Turn, link: RealmLink): string {
  const { issue, to } = turn;
  const reason = reasonOf(to);
  const computer = to.kind === "none" || to.computer === undefined ? "" : ` ${code(formatId(to.computer))}`;
  const rule =
    reason === undefined
      ? ""
      : reason.at === undefined
        ? code(reason.rule)
        : `[${code(reason.rule)}](${link}#L${reason.at.line})`;
  const why = reason === undefined ? "" : `: ${prose(reason.says)} (${rule})`;
  return `- #${issue}${computer} ${prose(turnWords(turn))}${why}`;
}
const keys = (count: number): string => counted(count, "key");
