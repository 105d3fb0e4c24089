import { type Parsed, parsed, unparsed } from "../place.ts";
import { quoted } from "../quote.ts";

/** How many devices are tried before the others: a number of them, or a share in percent. */
export type Wave =
  | { readonly kind: "count"; readonly count: number }
  | { readonly kind: "share"; readonly percent: number };

/** `5` or `10%`. */
export function parseWave(text: string): Parsed<Wave> {
  const [, digits = "", sign = ""] = /^([1-9][0-9]{0,5})(%?)$/.exec(text) ?? [];
  if (digits !== "" && sign === "") return parsed({ kind: "count", count: Number(digits) });
  if (digits !== "" && Number(digits) <= 100) return parsed({ kind: "share", percent: Number(digits) });
  return unparsed(`wave is ${quoted(text)}; write a number of devices, or a share from 1% to 100%`);
}

/** The targets in waves of equal size, the last one perhaps smaller; a share is rounded up. Without a wave, all in one. */
export function wavesOf<T>(targets: readonly T[], wave: Wave | undefined): readonly (readonly T[])[] {
  if (targets.length === 0) return [];
  if (wave === undefined) return [targets];
  const size = wave.kind === "count" ? wave.count : Math.ceil((targets.length * wave.percent) / 100);
  const waves: (readonly T[])[] = [];
  for (let at = 0; at < targets.length; at += size) waves.push(targets.slice(at, at + size));
  return waves;
}
