import { IotRefusal } from "./refusal.ts";

/** Which part of a list is asked for, as AWS IoT's list calls have it. */
export interface PageRequest {
  /** 1 to 250; 25 if left out. */
  readonly pageSize?: number;
  /** The `nextMarker` of the page before. */
  readonly marker?: string;
  /** Oldest first; the newest is first if left out. */
  readonly ascending?: boolean;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextMarker?: string;
}

interface Numbered {
  /** Rises with each thing made, and is never given again. */
  readonly number: number;
}

/** A page goes on behind the last number shown, so what is deleted meanwhile moves nothing out of sight. */
export function pageOf<T extends Numbered>(all: Iterable<T>, request: PageRequest): Page<T> {
  const { pageSize = 25, marker, ascending = false } = request;
  if (!Number.isInteger(pageSize) || pageSize < 1 || pageSize > 250) {
    throw new IotRefusal("InvalidRequestException", "pageSize must be between 1 and 250");
  }
  const after = marker === undefined ? undefined : readMarker(marker);
  const direction = ascending ? 1 : -1;
  const rest = [...all]
    .sort((a, b) => direction * (a.number - b.number))
    .filter(({ number }) => after === undefined || direction * (number - after) > 0);
  const items = rest.slice(0, pageSize);
  const last = items.at(-1);
  return {
    items,
    ...(last !== undefined && rest.length > items.length ? { nextMarker: printMarker(last.number) } : {}),
  };
}

const printMarker = (number: number): string => Buffer.from(`after ${number}`).toString("base64url");

function readMarker(marker: string): number {
  const [, digits] = /^after (\d+)$/.exec(Buffer.from(marker, "base64url").toString()) ?? [];
  if (digits === undefined) throw new IotRefusal("InvalidRequestException", "Invalid marker");
  return Number(digits);
}
