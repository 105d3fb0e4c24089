import type { Path } from "./yaml-text.ts";

/** Something wrong with how the parts of realm.yaml fit together. */
export interface Misfit {
  readonly path: Path;
  /** The key is wrong, not what it holds. */
  readonly key?: true;
  readonly message: string;
}

/**
 * The rules that tie keys together look at the values as they stand, not at what the schema has passed: so a slip in
 * one place hides no slip in another. What is of the wrong shape reads as nothing here; the schema reports it.
 */
export const fieldOf = (value: unknown, key: string): unknown =>
  isMapping(value) && Object.hasOwn(value, key) ? value[key] : undefined;

export const entriesOf = (value: unknown): readonly (readonly [string, unknown])[] =>
  isMapping(value) ? Object.entries(value) : [];

export const itemsOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

export const isMapping = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
