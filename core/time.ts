import { type Parsed, parsed, unparsed } from "./place.ts";

declare const brand: unique symbol;

/** An absolute instant in UTC to the second, `2026-11-21T08:30:00Z` (RFC 3339); sorts as text. */
export type Instant = string & { readonly [brand]: "instant" };

/** A span of time in seconds, written `90d`, `12h`, `30m` or `45s`. */
export type Duration = number & { readonly [brand]: "duration" };

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
const LONGEST = 100 * 365 * 86_400;

export const instantOf = (date: Date): Instant => `${date.toISOString().slice(0, 19)}Z` as Instant;

export const later = (from: Instant, by: Duration): Instant =>
  instantOf(new Date(Date.parse(from) + by * 1000));

export const earlier = (from: Instant, by: Duration): Instant =>
  instantOf(new Date(Date.parse(from) - by * 1000));

/** An end is the first instant at which access is gone. */
export const isPast = (end: Instant, now: Instant): boolean => end <= now;

export function parseInstant(text: string): Parsed<Instant> {
  const date = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) ? new Date(text) : undefined;
  if (date === undefined || Number.isNaN(date.getTime()) || instantOf(date) !== text) {
    return unparsed(`${JSON.stringify(text)} is no instant; write 2026-11-21T08:30:00Z`);
  }
  return parsed(text as Instant);
}

/** As `parseDuration` reads it, in days, or else in the largest unit that leaves no rest. */
export function formatDuration(duration: Duration): string {
  const unit = ["d", "h", "m"].find((one) => duration % (SECONDS[one] ?? 1) === 0) ?? "s";
  return `${duration / (SECONDS[unit] ?? 1)}${unit}`;
}

export function parseDuration(text: string): Parsed<Duration> {
  const [, digits = "", unit = ""] = /^([1-9][0-9]{0,9})([smhdw])$/.exec(text) ?? [];
  const seconds = Number(digits) * (SECONDS[unit] ?? Number.NaN);
  if (Number.isNaN(seconds) || digits === "") {
    return unparsed(`${JSON.stringify(text)} is no duration; write a number and s, m, h, d or w, as in 90d`);
  }
  if (seconds > LONGEST) return unparsed(`${JSON.stringify(text)} is longer than 100 years`);
  return parsed(seconds as Duration);
}
