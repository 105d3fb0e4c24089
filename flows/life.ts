import { teamRuleIn } from "../core/decision/trust.ts";
import { Failure } from "../core/failure.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { People } from "../core/ports/people.ts";
import type { RealmSource } from "../core/ports/realm.ts";
import { type Realm, readRealm } from "../core/realm/realm.ts";
import { type LifePlan, planLife, teamsOf } from "../core/registry/life.ts";
import type { Registry } from "../core/registry/registry.ts";

export interface LifePorts {
  readonly people: Pick<People, "members">;
  readonly realm: Pick<RealmSource, "at">;
  readonly clock: Clock;
}

/** What time and people change in a registry; a team that can't be read changes nothing. */
export async function lifeOf(ports: LifePorts, realm: Realm, registry: Registry): Promise<LifePlan> {
  const members = new Map<string, ReadonlySet<number>>();
  for (const team of teamsOf(realm, registry)) {
    try {
      members.set(team.team, await ports.people.members(team));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
    }
  }
  const byTeam = new Map<string, boolean>();
  const facts = { realm, registry, now: ports.clock.now(), membersOf: (team: string) => members.get(team) };
  // The rules of that time are read only where the plan turns on them, and at each commit once.
  for (;;) {
    const asked = new Map<string, { readonly realmCommit: string; readonly rule: string }>();
    const plan = planLife({
      ...facts,
      letInByTeam: ({ evidence: { realmCommit, rule } }) => {
        const known = byTeam.get(`${realmCommit} ${rule}`);
        if (known === undefined) asked.set(`${realmCommit} ${rule}`, { realmCommit, rule });
        return known ?? false;
      },
    });
    if (asked.size === 0) return plan;
    for (const [key, { realmCommit, rule }] of asked) {
      const read = readRealm((await ports.realm.at(realmCommit)).text, "realm.yaml");
      byTeam.set(key, read.ok && teamRuleIn(read.realm, rule));
    }
  }
}
