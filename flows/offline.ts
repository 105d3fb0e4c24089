import { Failure } from "../core/failure.ts";
import { type ComputerId, formatId } from "../core/names.ts";
import type { Bus, BusLender } from "../core/ports/bus.ts";
import type { TellWoken } from "../core/ports/leases.ts";
import { instantOf } from "../core/time.ts";
import { presenceTopic } from "../core/tunnel/messages.ts";
import { parsePresence } from "../core/tunnel/presence.ts";
import { askStates, ofAll, quietBehind } from "./see-presence.ts";
import type { Stopwatch } from "./tunnel-driver.ts";

export interface OfflinePorts {
  readonly broker: BusLender;
  readonly stopwatch: Stopwatch;
}

/** Milliseconds. What is retained may be old, and a device that answers within this is there all the same. */
const GRACE = 1_000;

/**
 * Tells of each device of one system that is known to be gone, so that nobody waits for its answer: by what its broker
 * retains, and, with `asks`, by its silence where its broker retains of others but not of it. Where the broker retains
 * nothing for a wildcard (AWS IoT), it tells of none. Returns what ends it.
 */
export function watchOffline(
  ports: OfflinePorts,
  devices: readonly ComputerId[],
  tell: TellWoken,
  asks: boolean,
): () => void {
  const [first] = devices;
  if (first === undefined) return () => {};
  const { broker } = ports;
  const { stopwatch, stop } = stoppable(ports.stopwatch);
  let end: () => void = () => {};
  const over = new Promise<void>((resolve) => {
    end = () => {
      stop();
      resolve();
    };
  });
  const byTopic = new Map(devices.map((id) => [presenceTopic(id), id]));
  const every = ofAll(presenceTopic, first);
  let last = stopwatch.now();
  const known = new Set<string>();
  const gone = (id: ComputerId, how: string) => {
    const failure = new Failure("unavailable", `device ${formatId(id)} is offline${how}`);
    tell(id, { ok: false, failure });
  };
  const heard = (payload: string, topic: string) => {
    last = stopwatch.now();
    known.add(topic);
    const id = byTopic.get(topic);
    const presence = parsePresence(payload);
    if (id === undefined || presence?.word !== "offline") return;
    const since = presence.since === undefined ? "" : ` since ${instantOf(new Date(presence.since * 1000))}`;
    stopwatch.after(GRACE, () => gone(id, since));
  };
  const askOthers = async (bus: Bus) => {
    last = stopwatch.now();
    await quietBehind(stopwatch, () => last);
    const silent = devices.filter((id) => !known.has(presenceTopic(id)));
    if (known.size === 0) return;
    const answers = await askStates(bus, stopwatch, silent);
    for (const id of silent)
      if (!answers.has(id.computer) && !known.has(presenceTopic(id)))
        gone(id, ": it never said it was there");
  };
  // Without it everything works, only later.
  void broker
    .lend(async (bus) => {
      await bus.subscribe(every, heard);
      if (asks) await Promise.race([over, askOthers(bus)]);
      await over;
      bus.unsubscribe(every, heard);
    })
    .catch(() => undefined);
  return end;
}

/** What waits for a stopwatch that was stopped waits for ever, and keeps no process. */
function stoppable(stopwatch: Stopwatch): { readonly stopwatch: Stopwatch; stop(): void } {
  const waiting = new Set<() => void>();
  let stopped = false;
  const after: Stopwatch["after"] = (milliseconds, act) => {
    if (stopped) return () => {};
    const callOff = stopwatch.after(milliseconds, () => {
      waiting.delete(callOff);
      act();
    });
    waiting.add(callOff);
    return callOff;
  };
  const stop = () => {
    stopped = true;
    for (const callOff of waiting) callOff();
  };
  return { stopwatch: { now: () => stopwatch.now(), after }, stop };
}
