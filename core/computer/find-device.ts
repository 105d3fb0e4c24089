import { matchesGlob } from "../glob.ts";
import { type ComputerId, formatId } from "../names.ts";

/** What a name that somebody typed stands for. */
export type Found<T> =
  | { readonly kind: "found"; readonly devices: readonly [T, ...T[]] }
  /** `close` are ids that were perhaps meant. */
  | { readonly kind: "unknown"; readonly close: readonly string[] }
  | { readonly kind: "ambiguous"; readonly ids: readonly string[] };

interface Named {
  readonly id: ComputerId;
}

const MOST_CLOSE = 5;

/** `333`, `333.hula` or `333.hula.atlas`: one device. */
export function findDevice<T extends Named>(name: string, devices: readonly T[]): Found<T> {
  const [first, ...more] = devices.filter(
    ({ id }) => formatId(id) === name || formatId(id).startsWith(`${name}.`),
  );
  if (first === undefined) return { kind: "unknown", close: closeTo(name, devices) };
  if (more.length > 0) return { kind: "ambiguous", ids: [first, ...more].map(({ id }) => formatId(id)) };
  return { kind: "found", devices: [first] };
}

/** A device's name, a glob (`3*`, `3*.hula`; `*` and `?` stop at dots), or a system's name for all its devices. */
export function findDevices<T extends Named>(target: string, devices: readonly T[]): Found<T> {
  if (!/[*?]/.test(target)) {
    const one = findDevice(target, devices);
    if (one.kind !== "unknown") return one;
  }
  const pattern = target.split(".");
  const [first, ...more] = devices.filter(({ id }) => fits(pattern, id) || isSystem(target, id));
  if (first === undefined) return { kind: "unknown", close: closeTo(target, devices) };
  return { kind: "found", devices: [first, ...more] };
}

function fits(pattern: readonly string[], id: ComputerId): boolean {
  const labels = formatId(id).split(".");
  return (
    pattern.length <= labels.length && pattern.every((glob, index) => matchesGlob(glob, labels[index] ?? ""))
  );
}

const isSystem = (target: string, { system, realm }: ComputerId): boolean =>
  target === system || target === `${system}.${realm}`;

/** Ids whose name is a few slips of the keyboard away, the nearest first. */
function closeTo(name: string, devices: readonly Named[]): readonly string[] {
  const limit = Math.max(1, Math.floor(name.length / 3));
  const near = devices
    .map(({ id }) => ({
      id: formatId(id),
      slips: Math.min(...spellings(id).map((one) => slips(name, one, limit))),
    }))
    .filter(({ slips }) => slips <= limit);
  return near
    .sort((a, b) => a.slips - b.slips || (a.id < b.id ? -1 : 1))
    .slice(0, MOST_CLOSE)
    .map(({ id }) => id);
}

const spellings = (id: ComputerId): readonly string[] => [
  id.computer,
  `${id.computer}.${id.system}`,
  formatId(id),
];

/** Levenshtein's distance; lengths alone settle most. */
function slips(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      const kept = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(kept, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
