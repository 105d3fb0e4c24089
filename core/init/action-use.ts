import type { Actions } from "./answers.ts";

/** How a workflow names a released action: by its commit, with the tag beside it for a reader. */
export const pinnedAction = ({ repository, commit, tag }: Actions, name: string): string =>
  `${repository}/actions/${name}@${commit}${tag === undefined ? "" : ` # ${tag}`}`;

export type ActionUse =
  /** The workflow names no such action. */
  | { readonly kind: "none" }
  /** From the repository's own checkout. */
  | { readonly kind: "own" }
  | { readonly kind: "pinned"; readonly tag?: string }
  /** By something that can be moved. */
  | { readonly kind: "loose"; readonly at: string };

/** How a workflow refers to `actions/<name>`, read from its text. */
export function actionUse(workflow: string, name: string): ActionUse {
  const uses = new RegExp(
    `^\\s*-?\\s*uses:\\s*["']?(\\S*?)/?actions/${name}(?:@(\\S+?))?["']?\\s*(?:#\\s*(\\S+).*)?$`,
    "m",
  );
  const [, from, at, tag] = uses.exec(workflow) ?? [];
  if (from === undefined) return { kind: "none" };
  if (at === undefined) return { kind: "own" };
  if (!/^[0-9a-f]{40}$/.test(at)) return { kind: "loose", at };
  return { kind: "pinned", ...(tag === undefined ? {} : { tag }) };
}
