import {
  invalidReport,
  laterReport,
  type Report,
  untouchedReport,
  unusableReport,
} from "../core/check/report.ts";
import { causeOf, Failure } from "../core/failure.ts";
import type {
  Allowance,
  Checks,
  PullRequest,
  PullRequests,
  RealmVersion,
} from "../core/ports/pull-requests.ts";
import type { RegistryStore } from "../core/ports/registry.ts";
import { type Realm, readRealm } from "../core/realm/realm.ts";
import { type EffectPorts, effectReportOn } from "./effect.ts";

export interface CheckPorts extends EffectPorts {
  readonly pulls: Pick<PullRequests, "read">;
  readonly checks: Checks;
  readonly allowance: Allowance;
  readonly registry: Pick<RegistryStore, "snapshot">;
}

export type Checked =
  /** None of our business: closed, or not into the default branch. */
  | { readonly kind: "ignored" }
  | { readonly kind: "untouched" }
  /** Nothing was looked at; it is to be checked later. */
  | { readonly kind: "postponed" }
  | { readonly kind: "shown"; readonly report: Report }
  /** Something outside did not answer, and the pull request was told so. */
  | { readonly kind: "later"; readonly why: string; readonly report: Report };

/**
 * Anybody may open pull requests, push to them every second, and have each check read much: this share of what the forge
 * allows stays for those who wait to be let in, and for revocations.
 */
export const KEPT_FOR_SUBMISSIONS = 0.5;

/** Reads realm.yaml at a pull request's head as data, and says what a merge would do. May be repeated, and run anywhere. */
export async function checkPull(ports: CheckPorts, number: number): Promise<Checked> {
  if ((await ports.allowance.left()) < KEPT_FOR_SUBMISSIONS) return { kind: "postponed" };
  const pull = await ports.pulls.read(number);
  if (pull === undefined) return { kind: "ignored" };
  if (!touches(pull)) {
    await ports.checks.update(pull, untouchedReport);
    return { kind: "untouched" };
  }
  let why: string | undefined;
  const report = await judged(ports, pull).catch((error: unknown) => {
    if (!(error instanceof Failure)) throw error;
    why = causeOf(error);
    return laterReport(why);
  });
  await ports.checks.show(pull, report);
  return why === undefined ? { kind: "shown", report } : { kind: "later", why, report };
}

/** A head that says what the default branch says by now changes nothing either. */
const touches = ({ head, start, base }: PullRequest): boolean => !same(head, start) && !same(head, base);

function same({ content: a }: RealmVersion, { content: b }: RealmVersion): boolean {
  if (a.kind === "text" && b.kind === "text") return a.text === b.text;
  return a.kind === "missing" && b.kind === "missing";
}

async function judged(ports: CheckPorts, pull: PullRequest): Promise<Report> {
  const { head, start, base } = pull;
  if (head.content.kind === "missing")
    return unusableReport("It is gone at the head: nobody could be let in, and no proxy synced.");
  if (head.content.kind === "unusable") return unusableReport(head.content.why);
  const read = readRealm(head.content.text, "realm.yaml");
  if (!read.ok) return invalidReport(read.problems);

  const before = stale(pull) ? start : base;
  const { registry } = await ports.registry.snapshot();
  return effectReportOn(ports, pull, {
    before: realmAt(before),
    after: read.realm,
    registry,
    stale: stale(pull),
  });
}

/** realm.yaml moved on the default branch too: what a merge gives is known to Git alone. */
const stale = ({ start, base }: PullRequest): boolean => !same(start, base);

function realmAt({ content }: RealmVersion): Realm | { readonly why: string } {
  if (content.kind === "missing")
    return { why: "This is the first realm.yaml, so all that it lets in counts as gained." };
  const read = content.kind === "text" ? readRealm(content.text, "realm.yaml") : undefined;
  if (read?.ok === true) return read.realm;
  return {
    why: "realm.yaml on the default branch can't be used, so all that this one lets in counts as gained.",
  };
}
