import type { Emit } from "./events.ts";
import type { Ids } from "./ids.ts";

/** What the parts of a repository take from the forge around them. */
export interface Surroundings {
  readonly now: () => Date;
  readonly ids: Ids;
  readonly emit: Emit;
}
