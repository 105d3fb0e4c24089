import { type Drift, hasDrift, strayWords } from "../core/access/drift.ts";
import { code, prose } from "../core/decision/markdown.ts";
import type { Notices } from "../core/ports/notices.ts";
import type { RealmHeads } from "../core/ports/realm.ts";
import type { ProxySync } from "./sync.ts";

const SHOWN = 50;

/** For people: a sentence for each thing that is not as it was left. */
export function driftLines({ files, host }: Drift): readonly string[] {
  const lines = [...files.map(strayWords), ...host];
  return lines.length <= SHOWN ? lines : [...lines.slice(0, SHOWN), `and ${lines.length - SHOWN} more`];
}

/** For programs. */
export const driftJson = ({ files, host }: Drift): object => ({ files, host });

/**
 * Opens, updates or closes the one issue about drift, by what a sync found. Where a proxy did not answer, nothing is
 * known of it, and what the issue says stays.
 */
export async function noticeDrift(
  notices: Notices,
  { notices: open }: RealmHeads,
  results: readonly ProxySync[],
): Promise<void> {
  const drifted = results.filter(({ drift }) => hasDrift(drift));
  if (drifted.length > 0) await notices.show(open, driftMarkdown(drifted));
  else if (open.length > 0 && results.every(({ kind }) => kind !== "failed")) await notices.close(open);
}

/** The text; it says nothing of when, so that a sync that finds the same changes nothing. */
function driftMarkdown(results: readonly ProxySync[]): string {
  const parts = results.flatMap((result) => [
    `### Proxy ${prose(result.proxy)}`,
    "",
    ...driftLines(result.drift).map((line) => `- ${code(line)}`),
    "",
    ...mended(result),
  ]);
  const head =
    "A proxy is not as the last sync left it. If nobody of the realm's admins changed it by hand, somebody else can.";
  const end = "This issue is kept current by the sync, and closed once a sync finds nothing.";
  return [head, "", ...parts, end].join("\n");
}

function mended({ kind, drift: { files, host } }: ProxySync): readonly string[] {
  const healed =
    kind === "changed" ? "The sync put the files back." : "The sync could not put the files back.";
  return [
    ...(files.length === 0 ? [] : [healed, ""]),
    ...(host.length === 0 ? [] : ["No sync mends the host: look there, as root.", ""]),
  ];
}
