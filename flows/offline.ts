import { Failure } from "../core/failure.ts";
import { type ComputerId, formatId } from "../core/names.ts";
import type { BusLender } from "../core/ports/bus.ts";
import type { TellWoken } from "../core/ports/leases.ts";
import { instantOf } from "../core/time.ts";
import { presenceTopic } from "../core/tunnel/messages.ts";
import { parsePresence } from "../core/tunnel/presence.ts";
import type { Stopwatch } from "./tunnel-driver.ts";

export interface OfflinePorts {
  readonly broker: BusLender;
  readonly stopwatch: Stopwatch;
}

/** Milliseconds. What is retained may be old, and a device that answers within this is there all the same. */
const GRACE = 1_000;

/**
 * Tells of each device of one system that its broker knows to be gone, so that nobody waits for its answer. Where the
 * broker retains nothing for a wildcard (AWS IoT), it tells of none. Returns what ends it.
 */
export function watchOffline(
  { broker, stopwatch }: OfflinePorts,
  devices: readonly ComputerId[],
  tell: TellWoken,
): () => void {
  const [first] = devices;
  let end: () => void = () => {};
  const over = new Promise<void>((resolve) => {
    end = resolve;
  });
  if (first === undefined) return end;
  const byTopic = new Map(devices.map((id) => [presenceTopic(id), id]));
  const every = presenceTopic(first).replace(`/${first.computer}/`, "/+/");
  const heard = (payload: string, topic: string) => {
    const id = byTopic.get(topic);
    const presence = parsePresence(payload);
    if (id === undefined || presence?.word !== "offline") return;
    const since = presence.since === undefined ? "" : ` since ${instantOf(new Date(presence.since * 1000))}`;
    const failure = new Failure("unavailable", `device ${formatId(id)} is offline${since}`);
    stopwatch.after(GRACE, () => tell(id, { ok: false, failure }));
  };
  // Without it everything works, only later.
  void broker
    .lend(async (bus) => {
      await bus.subscribe(every, heard);
      await over;
      bus.unsubscribe(every, heard);
    })
    .catch(() => undefined);
  return end;
}
