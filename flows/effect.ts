import { type Effect, effectOf } from "../core/check/effect.ts";
import { effectReport } from "../core/check/effect-report.ts";
import { type Report, unusableReport } from "../core/check/report.ts";
import type { Foretold } from "../core/check/turns.ts";
import { Failure } from "../core/failure.ts";
import type { People } from "../core/ports/people.ts";
import type { PullRequest } from "../core/ports/pull-requests.ts";
import type { RealmSource } from "../core/ports/realm.ts";
import type { Realm } from "../core/realm/realm.ts";
import type { RecordChange } from "../core/registry/life.ts";
import type { Registry } from "../core/registry/registry.ts";
import { planSystems } from "../core/registry/system-moves.ts";
import { AskedTeams } from "./asked-teams.ts";
import { type ForetellPorts, foretell, type Rules } from "./foretell.ts";
import { lifeOf } from "./life.ts";

export interface EffectPorts extends ForetellPorts {
  readonly realm: Pick<RealmSource, "at" | "blocklist">;
  readonly people: Pick<People, "members">;
}

export interface Change {
  /** Or why there is none to compare with. */
  readonly before: Realm | { readonly why: string };
  readonly after: Realm;
  readonly registry: Registry;
  readonly stale: boolean;
}

/** What a valid realm.yaml would change, once a sweep has followed it. */
export async function effectReportOn(
  ports: EffectPorts,
  pull: PullRequest,
  { before, after, registry, stale }: Change,
): Promise<Report> {
  const teams = new AskedTeams(ports.people);
  const old = "why" in before ? undefined : before;
  await teams.ask(old, after);
  // Both as a sweep leaves them: what it does anyway is no effect of this change.
  const was = old === undefined ? registry : (await followed(ports, teams, old, registry)).registry;
  const next = await followed(ports, teams, after, was);
  const rules = (realm: Realm, records: Registry): Rules => ({
    realm,
    registry: records,
    isMember: teams.isMember,
  });

  let effect: Effect;
  try {
    effect = effectOf({
      before: old === undefined ? undefined : { realm: old, registry: was },
      after: { realm: after, registry: next.registry },
      departures: next.departures,
      isMember: teams.isMember,
      repositoryId: pull.repositoryId,
    });
  } catch (error) {
    // More than sshd takes: what no schema can tell.
    if (error instanceof Failure && error.code === "refused") return unusableReport(error.message);
    throw error;
  }
  const foretold =
    old === undefined ? NOTHING : await foretoldOf(ports, pull, rules(old, was), rules(after, next.registry));
  const gaps = [...foretold.gaps, ...teams.gaps];
  return effectReport(
    effect,
    { ...foretold, gaps },
    {
      link: pull.head.link,
      sequence: registry.sequence,
      stale,
      ...("why" in before ? { alone: before.why } : {}),
    },
  );
}

const NOTHING: Foretold = { turns: [], gaps: [] };

/** The registry as a sweep under this realm.yaml would leave it. */
async function followed(
  { realm: source, clock }: EffectPorts,
  people: AskedTeams,
  realm: Realm,
  registry: Registry,
): Promise<{ readonly registry: Registry; readonly departures: readonly RecordChange[] }> {
  const { changes } = await lifeOf({ people, realm: source, clock }, realm, registry);
  const { systems } = planSystems(realm, registry, clock.now());
  const records = changes.map(({ record }) => record);
  return {
    registry: registry.with(registry.sequence, records, systems),
    departures: changes.filter(({ kind }) => kind === "left"),
  };
}

/** The list of weak keys is the default branch's: one that the pull request brings may have any size. */
async function foretoldOf(
  ports: EffectPorts,
  { base }: PullRequest,
  before: Rules,
  after: Rules,
): Promise<Foretold> {
  const path = after.realm.keys.blocklist;
  if (path === undefined && before.realm.keys.blocklist === undefined) return foretell(ports, before, after);
  const gap = (says: string): Foretold => ({ turns: [], gaps: [`how requests would be decided: ${says}`] });
  if (path === undefined || path !== before.realm.keys.blocklist)
    return gap("keys.blocklist changes, and lists are read from the default branch alone");
  const list = await ports.realm.blocklist(path, base.commit);
  if (!list.ok) return gap(`${path}: ${list.problem}`);
  const listed = (rules: Rules): Rules => ({ ...rules, realm: { ...rules.realm, blocklist: list.value } });
  return foretell(ports, listed(before), listed(after));
}
