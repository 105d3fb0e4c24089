import type { Directory } from "../access/directory.ts";
import { type Instant, isPast } from "../time.ts";

/** Controllers come out of the tunnel, and so from the device itself: their keys count from nowhere else. */
const FROM = 'from="127.0.0.1,::1"';

/** The lines that let a system's controllers into one account of a device; `directory` has been verified. */
export function controllerLines(directory: Directory, account: string, now: Instant): readonly string[] {
  if (!directory.login.includes(account)) return [];
  return Object.entries(directory.controllers)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([controller, { keys }]) =>
      keys
        .filter(({ end }) => end === undefined || !isPast(end, now))
        .map(({ key, end }) => {
          const expiry = end === undefined ? "" : `,expiry-time="${end.replace(/[-:T]/g, "")}"`;
          return `${FROM}${expiry} ${key} ${controller}.${directory.system}.${directory.realm}`;
        }),
    );
}

/**
 * Puts `lines` between the marks of `owner` (`hula.atlas`) in an authorized_keys file, and touches nothing else. The
 * block stays where it stands, or comes last; without lines it goes. A file that has it already comes back as it is.
 */
export function replaceBlock(text: string, owner: string, lines: readonly string[]): string {
  const [begin, end] = [`# BEGIN warren ${owner}`, `# END warren ${owner}`];
  const block = lines.length === 0 ? [] : [begin, ...lines, end];
  const kept: string[] = [];
  let place: number | undefined;
  let inside = false;
  for (const line of text === "" ? [] : withoutLast(text.split("\n"))) {
    // A block that lost its last mark ends at the first line that is not ours.
    if (inside && line !== end && !line.startsWith(FROM)) inside = false;
    if (line === begin) {
      place ??= kept.length;
      inside = true;
    } else if (inside) {
      inside = line !== end;
    } else {
      kept.push(line);
    }
  }
  // Nothing of ours stood there and nothing is to: not even the missing last line break is added.
  if (place === undefined && block.length === 0) return text;
  const at = place ?? kept.length;
  const all = [...kept.slice(0, at), ...block, ...kept.slice(at)];
  return all.map((line) => `${line}\n`).join("");
}

const withoutLast = (lines: readonly string[]): readonly string[] =>
  lines.at(-1) === "" ? lines.slice(0, -1) : lines;
