import { createHash } from "node:crypto";
import type { Digest } from "../decision/decision.ts";

/** What a digest covers: the exact text, by whom, and where it stands. */
export interface Digested {
  readonly repositoryId: number;
  readonly number: number;
  readonly authorId: number;
  readonly title: string;
  readonly body: string;
}

/** `sha256:` and the hash of a JSON array: unlike text joined by some separator, no two contents share one. */
export function digestOf({ repositoryId, number, authorId, title, body }: Digested): Digest {
  const text = JSON.stringify([repositoryId, number, authorId, title, body]);
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}
