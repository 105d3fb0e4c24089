import { performance } from "node:perf_hooks";
import { Failure } from "../../core/failure.ts";
import type { Finished } from "../children.ts";

/** How long the story waits for any one thing to be seen. */
const PATIENCE_MS = 20_000;
const LOOK_EVERY_MS = 50;

/** Looks until it is seen; what never comes is a failure that says what was there instead. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined>,
  instead = () => "nothing",
): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (performance.now() > deadline) {
      throw new Failure("refused", `story waited in vain for ${what}; saw ${instead()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

/** What a command printed, if it ended well. */
export function printedBy(what: string, { status, stdout, stderr }: Finished, more = ""): string {
  if (status !== 0)
    throw new Failure("refused", `${what} ended with status ${status}\n${stdout}${stderr}${more}`);
  return stdout.trim();
}

/** `1.4 s`, since an instant of `performance.now()`. */
export const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(1)} s`;
