import { Failure } from "../core/failure.ts";
import type { RealmFile } from "../core/ports/realm.ts";
import type { Snapshot } from "../core/ports/registry.ts";
import type { Instant } from "../core/time.ts";
import type { AdmitPorts } from "./admit.ts";

/** No longer: a rule that was taken away must not go on letting people in. */
const SECONDS = 5;

/**
 * The same ports, with realm.yaml, registry, teams and what else an account has open as they were seen in the last
 * seconds: a sweep decides many issues one after another. A commit on an old registry is a conflict, and then, or whenever an earlier snapshot is given, all is
 * read anew.
 */
export function withRecentWorld(ports: AdmitPorts): AdmitPorts {
  const { realm, registry, clock, inbox, people } = ports;
  const now = () => clock.now();
  const rules = new Recent<RealmFile>(now);
  const records = new Recent<Snapshot>(now);
  const members = recentBy((team: string) => people.members({ team }), now);
  const open = recentBy((id: number, login: string) => inbox.openOf({ id, login }), now);
  return {
    ...ports,
    realm: {
      head: async () => rules.get() ?? rules.keep(await realm.head()),
      at: (commit) => realm.at(commit),
      blocklist: (path, commit) => realm.blocklist(path, commit),
    },
    people: {
      members: ({ team }) => members(team),
      // A team whose list can't be read may still answer for one account.
      isMember: async (team, account) => {
        const all = await members(team.team).catch((error: unknown) => {
          if (error instanceof Failure) return undefined;
          throw error;
        });
        return all?.has(account.id) ?? people.isMember(team, account);
      },
    },
    inbox: {
      read: (issue) => inbox.read(issue),
      updatedSince: (since) => inbox.updatedSince(since),
      openOf: ({ id, login }) => open(id, login),
      answer: (issue, answer, upon) => inbox.answer(issue, answer, upon),
    },
    registry: {
      snapshot: async (since) => {
        if (since === undefined) return records.get() ?? records.keep(await registry.snapshot());
        rules.forget();
        return records.keep(await registry.snapshot(since));
      },
      commit: async (expected, change) => {
        const committed = await registry.commit(expected, change);
        if (committed.kind === "committed") records.keep(committed.snapshot);
        else records.forget();
        return committed;
      },
    },
  };
}

/** What was asked for by a key in the last seconds is not asked for again. */
function recentBy<Key, More extends unknown[], T>(
  ask: (key: Key, ...more: More) => Promise<T>,
  now: () => Instant,
) {
  const kept = new Map<Key, Recent<T>>();
  return async (key: Key, ...more: More): Promise<T> => {
    const recent = kept.get(key) ?? new Recent<T>(now);
    kept.set(key, recent);
    return recent.get() ?? recent.keep(await ask(key, ...more));
  };
}

class Recent<T> {
  readonly #now: () => Instant;
  #kept: { readonly value: T; readonly at: Instant } | undefined;

  constructor(now: () => Instant) {
    this.#now = now;
  }

  get(): T | undefined {
    if (this.#kept === undefined) return undefined;
    const age = Date.parse(this.#now()) - Date.parse(this.#kept.at);
    return age >= 0 && age < SECONDS * 1000 ? this.#kept.value : undefined;
  }

  keep(value: T): T {
    this.#kept = { value, at: this.#now() };
    return value;
  }

  forget(): void {
    this.#kept = undefined;
  }
}
