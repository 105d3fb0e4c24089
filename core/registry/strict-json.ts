/** The words of the record's strict reader: each takes one value of JSON, and the path at which it stands. */

/** Carries a problem from inside a file to the function that reads it; goes no further. */
export class Misread extends Error {}

export type Json = { readonly [key: string]: unknown };

export function object(
  json: unknown,
  at: string,
  keys: readonly string[],
  optional: readonly string[],
): Json {
  if (typeof json !== "object" || json === null || Array.isArray(json))
    throw new Misread(at === "" ? "is no object" : `${at} is no object`);
  const file = json as Json;
  const path = at === "" ? "" : `${at}.`;
  for (const key of keys) if (file[key] === undefined) throw new Misread(`has no ${path}${key}`);
  for (const key in file) {
    if (!keys.includes(key) && !optional.includes(key))
      throw new Misread(`has an unknown key ${JSON.stringify(path + key)}`);
  }
  return file;
}

export function list<T>(json: unknown, at: string, read: (json: unknown, at: string) => T): readonly T[] {
  if (!Array.isArray(json)) throw new Misread(`${at} is no list`);
  return json.map((each, index) => read(each, `${at}[${index}]`));
}

export function string(json: unknown, at: string, form: RegExp): string {
  if (typeof json !== "string" || !form.test(json)) throw new Misread(`${at} is malformed`);
  return json;
}

export function integer(json: unknown, at: string, least: number, most: number): number {
  if (typeof json !== "number" || !Number.isSafeInteger(json) || json < least || json > most) {
    throw new Misread(`${at} is no whole number from ${least} to ${most}`);
  }
  return json;
}
