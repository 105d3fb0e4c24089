import type { Actor } from "./actor.ts";
import type { Forge } from "./forge.ts";
import type { Links } from "./links.ts";

/** Who asks a query, and of what. */
export interface Viewer {
  readonly forge: Forge;
  readonly links: Links;
  readonly actor: Actor;
}
