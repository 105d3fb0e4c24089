import type { RealmFile, Snapshot } from "../core/ports.ts";
import type { Instant } from "../core/time.ts";
import type { AdmitPorts } from "./admit.ts";

/** No longer: a rule that was taken away must not go on letting people in. */
const SECONDS = 5;

/**
 * The same ports, with realm.yaml and registry as they were seen in the last seconds: a sweep decides many issues one
 * after another. A commit on an old registry is a conflict, and then, or whenever an earlier snapshot is given, all is
 * read anew.
 */
export function withRecentWorld(ports: AdmitPorts): AdmitPorts {
  const { realm, registry, clock } = ports;
  const rules = new Recent<RealmFile>(() => clock.now());
  const records = new Recent<Snapshot>(() => clock.now());
  return {
    ...ports,
    realm: {
      head: async () => rules.get() ?? rules.keep(await realm.head()),
      at: (commit) => realm.at(commit),
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
