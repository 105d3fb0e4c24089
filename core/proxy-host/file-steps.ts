import type { HostFacts } from "./facts.ts";
import { type Block, blockText, withBlock } from "./marked-block.ts";
import type { FileStep, Notice } from "./steps.ts";

/** A step where the file isn't so already. */
export function fileSteps(facts: HostFacts, path: string, text: string, mode = 0o644): readonly FileStep[] {
  const held = facts.files.get(path);
  const same = held?.text === text && held.mode === mode && held.roots;
  return same ? [] : [{ kind: "file", path, mode, text }];
}

/** Puts our blocks into a file of somebody else's, or takes out those that have no lines. */
export function blockSteps(
  facts: HostFacts,
  path: string,
  blocks: readonly Block[],
  problems: Notice[],
): readonly FileStep[] {
  const { text: before = "", mode = 0o644 } = facts.files.get(path) ?? {};
  let text = before;
  for (const block of blocks) {
    const next = withBlock(text, block);
    if (!next.ok) {
      problems.push({ says: `${path} ${next.problem}`, hint: "take the marks out by hand" });
      return [];
    }
    text = next.value;
  }
  const shown = blocks.filter(({ lines }) => lines.length > 0).map(blockText);
  return text === before
    ? []
    : [{ kind: "file", path, mode, text, shown: shown.join("") || "(without Warren's block)" }];
}
