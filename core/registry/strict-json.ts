import type { Whole } from "./record-grammar.ts";

/**
 * The words of the record's strict reader, made for a registry of 100,000 records: where a value stands is put together
 * only when it is wrong.
 */

export type Json = { readonly [key: string]: unknown };

/** What is wrong, and where: carries a problem out of a file, gathering the steps on its way; goes no further. */
export class Misread extends Error {
  readonly #says: (path: string) => string;
  readonly #path: string;

  constructor(path: string, says: (path: string) => string) {
    super(says(path));
    this.#path = path;
    this.#says = says;
  }

  /** The same problem, seen from one step further out. */
  under(step: string): Misread {
    return new Misread(this.#path.startsWith("[") ? step + this.#path : `${step}.${this.#path}`, this.#says);
  }
}

/** An object that has all of `keys`, perhaps some of `optional`, and nothing else. */
export function object(json: unknown, keys: readonly string[], optional: readonly string[] = []): Json {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new Misread("", (path) =>
      path === "" ? "is no object" : `${path.replace(/\.$/, "")} is no object`,
    );
  }
  const file = json as Json;
  let known = keys.length;
  for (const key of keys) if (file[key] === undefined) throw new Misread(key, (path) => `has no ${path}`);
  for (const key of optional) if (file[key] !== undefined) known += 1;
  for (const _ in file) known -= 1;
  if (known === 0) return file;
  const unknown = Object.keys(file).find((key) => !keys.includes(key) && !optional.includes(key));
  throw new Misread(unknown ?? "", (path) => `has an unknown key ${JSON.stringify(path)}`);
}

/** Checks a value one step further in. */
export function within<T>(file: Json, key: string, check: (json: unknown) => T): T {
  try {
    return check(file[key]);
  } catch (error) {
    throw error instanceof Misread ? error.under(key) : error;
  }
}

/** Checks each value of a list, and puts what came of it in its place. */
export function list<T>(file: Json, key: string, check: (json: unknown) => T): readonly T[] {
  const values = file[key];
  if (!Array.isArray(values)) throw new Misread(key, (path) => `${path} is no list`);
  for (let index = 0; index < values.length; index++) {
    try {
      values[index] = check(values[index]);
    } catch (error) {
      throw error instanceof Misread ? error.under(`[${index}]`).under(key) : error;
    }
  }
  return values;
}

/** A regular expression, or a `Form`. */
interface Pattern {
  test(text: string): boolean;
}

export function text(file: Json, key: string, form: Pattern): string {
  const value = file[key];
  if (typeof value === "string" && form.test(value)) return value;
  throw new Misread(key, (path) => `${path} is malformed`);
}

export function whole(file: Json, key: string, { least, most }: Whole): number {
  const value = file[key];
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= least && value <= most)
    return value;
  throw new Misread(key, (path) => `${path} is no whole number from ${least} to ${most}`);
}

/** Checks a key that may be left out; gives it, or nothing, to be spread into an object. */
export function optionally<Key extends string, T>(
  file: Json,
  key: Key,
  check: (file: Json, key: string) => T,
): { readonly [key in Key]?: T } {
  if (file[key] === undefined) return NOTHING;
  const found: { [key in Key]?: T } = {};
  found[key] = check(file, key);
  return found;
}

const NOTHING = {};
