import { Failure } from "../core/failure.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { People } from "../core/ports/people.ts";
import type { RealmSource } from "../core/ports/realm.ts";
import type { RegistryStore } from "../core/ports/registry.ts";
import { type Realm, readRealm } from "../core/realm/realm.ts";
import { readRealmFile } from "../core/realm/realm-file.ts";
import { type Oddity, strangersIn } from "../core/registry/life.ts";
import type { CommitId } from "../core/registry/record.ts";
import type { Registry } from "../core/registry/registry.ts";
import { commitsIn, type Finding, verifyRegistry } from "../core/registry/verify.ts";
import type { Instant } from "../core/time.ts";

export interface VerifyPorts {
  readonly realm: RealmSource;
  readonly registry: Pick<RegistryStore, "snapshot">;
  readonly people: Pick<People, "members">;
  readonly clock: Clock;
}

export interface Verified {
  readonly computers: number;
  readonly findings: readonly Finding[];
  readonly oddities: readonly Oddity[];
}

/** Replays the whole registry against realm.yaml as it was at every recorded commit, and as it is. */
export async function verify(
  ports: VerifyPorts,
  tell: (line: string) => void = () => undefined,
): Promise<Verified> {
  const [file, { registry }] = await Promise.all([ports.realm.head(), ports.registry.snapshot()]);
  const { realm } = readRealmFile(file);
  const members = new Map<string, ReadonlySet<number>>();
  for (const team of teamsIn(realm)) members.set(team, await ports.people.members({ team }));
  const history = new Map<CommitId, Realm | { readonly problem: string }>();
  for (const commit of commitsIn(registry)) {
    tell(`reading realm.yaml at ${commit.slice(0, 12)}`);
    history.set(commit, await realmAt(ports.realm, commit));
  }
  const findings = verifyRegistry({
    realm,
    registry,
    realmAt: (commit) => history.get(commit),
    isMember: ({ id }, team) => members.get(team)?.has(id) === true,
    now: ports.clock.now(),
  });
  return { computers: registry.size, findings, oddities: strangersIn(realm, registry) };
}

/** Only against one realm.yaml; teams can't be asked, so their members count as members still. */
export function verifyOffline(realm: Realm, registry: Registry, now: Instant): Verified {
  const isMember = () => true;
  const findings = verifyRegistry({ realm, registry, realmAt: () => undefined, isMember, now });
  return { computers: registry.size, findings, oddities: strangersIn(realm, registry) };
}

async function realmAt(source: RealmSource, commit: CommitId) {
  try {
    const read = readRealm((await source.at(commit)).text, "realm.yaml");
    return read.ok ? read.realm : { problem: `it has ${read.problems.length} problems` };
  } catch (error) {
    // A commit that is gone: history was rewritten, and that is an answer too.
    if (error instanceof Failure && error.code === "refused") return { problem: error.message };
    throw error;
  }
}

const teamsIn = ({ systems }: Realm): ReadonlySet<string> =>
  new Set(
    systems.flatMap(({ trust }) =>
      trust.flatMap(({ who }) => who.flatMap((each) => ("team" in each ? [each.team] : []))),
    ),
  );
