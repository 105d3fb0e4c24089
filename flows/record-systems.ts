import type { Clock } from "../core/ports/clock.ts";
import type { RegistryStore, Snapshot } from "../core/ports/registry.ts";
import type { Realm } from "../core/realm/realm.ts";
import { planSystems, type SystemChange } from "../core/registry/system-moves.ts";

/** Writes into registry.json what realm.yaml says of systems by now; plans again after every conflict. */
export async function recordSystems(
  { registry, clock }: { readonly registry: RegistryStore; readonly clock: Clock },
  realm: Realm,
  dryRun: boolean,
): Promise<{ readonly snapshot: Snapshot; readonly changes: readonly SystemChange[] }> {
  for (let snapshot = await registry.snapshot(); ; snapshot = await registry.snapshot(snapshot)) {
    const { systems, changes } = planSystems(realm, snapshot.registry, clock.now());
    if (dryRun || changes.length === 0) return { snapshot, changes };
    const committed = await registry.commit(snapshot, { records: [], systems, message: messageOf(changes) });
    if (committed.kind === "committed") return { snapshot: committed.snapshot, changes };
  }
}

function messageOf(changes: readonly SystemChange[]): string {
  const [first] = changes;
  return changes.length === 1 && first !== undefined
    ? first.why
    : `systems: ${changes.length} follow realm.yaml`;
}
