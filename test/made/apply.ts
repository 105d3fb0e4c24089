import type { DiskGenerations } from "../../adapters/files/generations.ts";
import { DiskRemovalLog } from "../../adapters/files/guard.ts";
import { DiskForceLog } from "../../adapters/sessions/forces.ts";
import { RecordedSessions } from "../../adapters/sessions/recorded.ts";
import type { Instant } from "../../core/time.ts";
import type { ApplyPorts } from "../../flows/apply.ts";

/** What `proxy apply --root ROOT` works with, at one instant. */
export const applyPorts = (root: string, generations: DiskGenerations, now: Instant): ApplyPorts => ({
  generations,
  removals: new DiskRemovalLog(generations.folder),
  forces: new DiskForceLog(generations.folder),
  sessions: new RecordedSessions(root),
  clock: { now: () => now },
});
