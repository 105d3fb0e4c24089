import { causeOf, Failure } from "../core/failure.ts";
import type { Instant } from "../core/time.ts";
import { type AdmitPorts, type Admitted, admit } from "./admit.ts";
import { type Reconciled, reconcile } from "./reconcile.ts";

export interface ProcessOptions {
  /** The issue that an event told of: whoever opened it is waiting. */
  readonly first?: number;
  /** Issues updated before it are passed by; left out: none is. */
  readonly since?: Instant;
  readonly saw?: (issue: number, admitted: Admitted) => void;
  readonly tell?: (line: string) => void;
}

export interface Processed extends Reconciled {
  /** Whether this run wrote into the registry: then the proxies are to be synced. */
  readonly moved: boolean;
}

/**
 * What a run does that no server backs and that remembers nothing: the event's issue, then a sweep. The event is a hint
 * like any other, so a run that never came to be, or was cancelled while it waited, is made up for by the next.
 */
export async function processSubmissions(
  ports: AdmitPorts,
  { first, ...options }: ProcessOptions = {},
): Promise<Processed> {
  let moved = false;
  const { registry } = ports;
  const watched: AdmitPorts = {
    ...ports,
    registry: {
      snapshot: (since) => registry.snapshot(since),
      commit: async (expected, change) => {
        const committed = await registry.commit(expected, change);
        moved ||= committed.kind === "committed";
        return committed;
      },
    },
  };
  if (first !== undefined) await admitFirst(watched, first, options);
  return { ...(await reconcile(watched, options)), moved };
}

/** What fails here the sweep meets again, and reports. */
async function admitFirst(ports: AdmitPorts, issue: number, { saw, tell }: ProcessOptions): Promise<void> {
  try {
    saw?.(issue, await admit(ports, issue));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    tell?.(`issue #${issue}: ${causeOf(error)}`);
  }
}
