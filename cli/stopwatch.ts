import { performance } from "node:perf_hooks";
import type { Stopwatch } from "../flows/tunnel-driver.ts";

/** The system's own. */
export const stopwatch: Stopwatch = {
  now: () => performance.now(),
  after(milliseconds, run) {
    const timer = setTimeout(run, Math.max(0, milliseconds));
    return () => clearTimeout(timer);
  },
};
