import { formatPlace, type Place } from "../place.ts";
import { quoted } from "../quote.ts";

/** A target, and where a person wrote it. */
export interface NamedTarget {
  readonly name: string;
  readonly place: Place;
}

export type TargetFile =
  | { readonly ok: true; readonly targets: readonly NamedTarget[] }
  /** Each begins with its place. */
  | { readonly ok: false; readonly problems: readonly string[] };

/** Reads a file of targets: one a line, `#` begins a comment, blank lines are nothing. All problems at once. */
export function readTargetFile(text: string, file: string): TargetFile {
  const targets: NamedTarget[] = [];
  const problems: string[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const [, before = "", rest = ""] = /^(\s*)([^#]*)/.exec(line) ?? [];
    const name = rest.trimEnd();
    if (name === "") continue;
    const place = { file, line: index + 1, col: before.length + 1 };
    const at = name.search(/[^a-z0-9.*?-]/);
    if (at < 0) targets.push({ name, place });
    else {
      const where = formatPlace({ ...place, col: place.col + at });
      const wrong = quoted(name.charAt(at));
      problems.push(`${where} target ${quoted(name)} has ${wrong}; write one name, glob or system a line`);
    }
  }
  if (problems.length > 0) return { ok: false, problems };
  if (targets.length > 0) return { ok: true, targets };
  return { ok: false, problems: [`${formatPlace({ file, line: 1, col: 1 })} names no targets`] };
}
