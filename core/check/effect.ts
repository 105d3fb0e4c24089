import { accessOn } from "../access/access.ts";
import { type ProxyPlan, planOf } from "../access/plan.ts";
import { type Why, whyOf } from "../access/why.ts";
import { ownerOf } from "../decision/standing.ts";
import { type IsMember, judge, named } from "../decision/trust.ts";
import { type ComputerId, formatId, roleOf } from "../names.ts";
import { type Realm, systemOf } from "../realm/realm.ts";
import { type RecordChange, strangersIn } from "../registry/life.ts";
import { isEnrolled } from "../registry/record.ts";
import type { Registry } from "../registry/registry.ts";
import type { Account } from "../submission/issue.ts";
import { powersOf } from "./powers.ts";

/** What a change of realm.yaml rests on: both files, and the registry as a sweep would leave it under each. */
export interface EffectFacts {
  /** Undefined: there is none, or none that is valid, and everything is gained. */
  readonly before: { readonly realm: Realm; readonly registry: Registry } | undefined;
  readonly after: { readonly realm: Realm; readonly registry: Registry };
  /** Whose people leave: what the sweep after the change would do to the registry. */
  readonly departures: readonly RecordChange[];
  readonly isMember: IsMember;
  /** Of the repository that the file is read from. */
  readonly repositoryId: number;
}

export interface Effect {
  /** Proxies where some file changes, sorted. */
  readonly plans: readonly ProxyPlan[];
  /** Devices that stay, while the account that enrolled them leaves `people`. */
  readonly orphans: readonly Orphan[];
  /** Why it must not be merged as it is. */
  readonly stops: readonly string[];
  /** Who would decide, or be decided on, otherwise. */
  readonly powers: readonly string[];
  /** What a reader of counts could overlook. */
  readonly warnings: readonly string[];
}

export interface Orphan {
  readonly device: ComputerId;
  readonly by: Account;
}

/** What would come of realm.yaml after a change, on the proxies and for people. Throws where no access can be made of it. */
export function effectOf(facts: EffectFacts): Effect {
  const { before, after } = facts;
  return {
    plans: plansOf(facts),
    orphans: before === undefined ? [] : orphansOf(before.realm, facts),
    stops: stopsIn(facts),
    powers: before === undefined ? [] : powersOf(before.realm, after.realm),
    warnings: before === undefined ? [] : warningsOf(before.realm, before.registry, after.realm),
  };
}

/** Proxy by proxy, so that memory holds the files of but one. */
function plansOf({ before, after, departures }: EffectFacts): readonly ProxyPlan[] {
  const proxies = new Set([before?.realm, after.realm].flatMap((realm) => realm?.proxies ?? []).map(nameOf));
  const why = whyWith(departures, whyOf(after.registry, after.realm));
  return [...proxies].toSorted().flatMap((proxy) => {
    const side = (one: EffectFacts["before"]) =>
      new Map(
        one?.realm.proxies.some(({ name }) => name === proxy)
          ? [[proxy, accessOn(proxy, one.realm, one.registry)]]
          : [],
      );
    return planOf(side(before), side(after), why);
  });
}

const nameOf = ({ name }: { readonly name: string }): string => name;

/** Who leaves is the reason, not the sweep that carries it out. */
function whyWith(departures: readonly RecordChange[], otherwise: Why): Why {
  const reasons = new Map(
    departures.map(({ id, why }) => [formatId(id), why.replace(`${formatId(id)}: `, "")]),
  );
  return (fate) =>
    (fate.kind === "loses" && fate.computer !== undefined ? reasons.get(fate.computer) : undefined) ??
    otherwise(fate);
}

function orphansOf(before: Realm, { after, isMember }: EffectFacts): readonly Orphan[] {
  const stays = new Set(after.realm.people.map(({ id }) => id));
  const gone = new Set(before.people.map(({ id }) => id).filter((id) => !stays.has(id)));
  const orphans: Orphan[] = [];
  for (const record of gone.size === 0 ? [] : after.registry.all()) {
    const system = systemOf(after.realm, record.id.system);
    const by = ownerOf(record);
    if (system === undefined || by === undefined || !gone.has(by.id)) continue;
    if (roleOf(record.id.computer) !== "device" || !isEnrolled(record)) continue;
    // Who comes by a team as well may still rotate its keys.
    if (judge(system, by, record.id, isMember).rule === undefined) orphans.push({ device: record.id, by });
  }
  return orphans.toSorted((a, b) => (formatId(a.device) < formatId(b.device) ? -1 : 1));
}

/** A valid file that would lock people or computers out for good. */
function stopsIn({ before, after, repositoryId }: EffectFacts): readonly string[] {
  const { realm, registry } = after;
  const stops: string[] = [];
  const { id } = realm.repository;
  if (id !== undefined && id !== repositoryId)
    stops.push(`repository ${repositoryId} is not the realm's ${id}, so the bot would take no submission`);
  const admins = new Set(realm.admins.map((admin) => admin.id));
  if (before !== undefined && !before.realm.admins.some((admin) => admins.has(admin.id))) {
    const old = before.realm.admins.map(named).join(", ");
    stops.push(
      `the last admin would go: none of today's realm admins, ${old}, stays one; name the new ones first, and take the old ones out in a pull request of its own`,
    );
  }
  const known = new Set(before === undefined ? [] : oddities(before.realm, before.registry, "realm"));
  return [...stops, ...oddities(realm, registry, "realm").filter((says) => !known.has(says))];
}

function warningsOf(before: Realm, registry: Registry, after: Realm): readonly string[] {
  const known = new Set(oddities(before, registry, "system"));
  const swapped = after.people.flatMap((person) => {
    const old = before.people.find(({ login }) => login === person.login);
    return old === undefined || old.id === person.id
      ? []
      : [`"${person.login}" is another account then: ${old.id} becomes ${person.id}`];
  });
  return [
    ...oddities(after, registry, "system").filter((says) => !known.has(says)),
    ...swapped,
    ...(after.unprotected && !before.unprotected
      ? ["rulesets on the branches are no longer asked for (`unprotected`)"]
      : []),
    ...(after.freeze && !before.freeze ? ["nothing new would be granted (`freeze`)"] : []),
  ];
}

const oddities = (realm: Realm, registry: Registry, kind: "system" | "realm"): readonly string[] =>
  strangersIn(realm, registry)
    .filter((one) => one.kind === kind)
    .map(({ says }) => says);
