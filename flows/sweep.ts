import type { Instant } from "../core/time.ts";
import { type AdmitPorts, type Admitted, admit } from "./admit.ts";

export interface Swept {
  readonly admitted: number;
  /** Seen in the listing to need nothing. */
  readonly settled: number;
  readonly failed: readonly { readonly issue: number; readonly error: unknown }[];
  /** What the next sweep takes as `since`: nothing updated before it has been missed. */
  readonly cursor: Instant | undefined;
}

/**
 * Takes every issue updated since the cursor, closed ones included: the truth behind lost and late events. One issue
 * that fails stops no other; then the cursor stays where it was, so that the next sweep meets it again.
 */
export async function sweep(
  ports: AdmitPorts,
  since?: Instant,
  saw: (issue: number, admitted: Admitted) => void = () => {},
): Promise<Swept> {
  const started = ports.clock.now();
  const failed: { issue: number; error: unknown }[] = [];
  let admitted = 0;
  let later = false;
  for await (const issue of ports.inbox.updatedSince(since)) {
    try {
      const outcome = await admit(ports, issue);
      saw(issue, outcome);
      admitted++;
      later ||= outcome.kind === "later";
    } catch (error) {
      failed.push({ issue, error });
    }
  }
  const clean = failed.length === 0 && !later;
  return { admitted, settled: 0, failed, cursor: clean ? started : since };
}
