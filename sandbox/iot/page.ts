import { invalid } from "./refusal.ts";

export interface PageRequest {
  readonly pageSize?: number;
  readonly marker?: string;
  readonly ascending?: boolean;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextMarker?: string;
}

const DEFAULT_SIZE = 25;
const LARGEST = 250;

/**
 * One page of `all`, ordered by `numberOf`. A marker names the last number that was given, so that what is deleted
 * between two pages makes the next one skip nothing.
 */
export function pageOf<T>(
  all: Iterable<T>,
  numberOf: (item: T) => number,
  { pageSize = DEFAULT_SIZE, marker, ascending = false }: PageRequest,
): Page<T> {
  if (!Number.isInteger(pageSize) || pageSize < 1 || pageSize > LARGEST)
    throw invalid(`pageSize must be 1 to ${LARGEST}`);
  const direction = ascending ? 1 : -1;
  const after = marker === undefined ? undefined : readMarker(marker);
  const rest = [...all]
    .filter((item) => after === undefined || (numberOf(item) - after) * direction > 0)
    .sort((a, b) => (numberOf(a) - numberOf(b)) * direction);
  const items = rest.slice(0, pageSize);
  const last = items.at(-1);
  if (rest.length <= pageSize || last === undefined) return { items };
  return { items, nextMarker: Buffer.from(`after:${numberOf(last)}`).toString("base64url") };
}

function readMarker(marker: string): number {
  const [, number] = /^after:(\d{1,15})$/.exec(Buffer.from(marker, "base64url").toString()) ?? [];
  if (number === undefined) throw invalid("marker is not one that this service gave");
  return Number(number);
}
