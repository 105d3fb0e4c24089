import type { StateLabel } from "../../core/ports/inbox.ts";

/** The bot's labels, of which an issue carries one at most. For people: nothing is ever decided on them. */
export const STATE_LABELS: Readonly<Record<StateLabel, { color: string; description: string }>> = {
  "warren: granted": { color: "2da44e", description: "accepted into the registry" },
  "warren: waiting": { color: "bf8700", description: "an admin must approve" },
  "warren: refused": { color: "cf222e", description: "refused; the comment says why" },
  "warren: revoked": { color: "57606a", description: "the computer has no access any more" },
  "warren: later": { color: "0969da", description: "not decided yet; will be tried again by itself" },
};

export const isStateLabel = (name: string): name is StateLabel => Object.hasOwn(STATE_LABELS, name);
