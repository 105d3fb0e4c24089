import * as z from "zod";
import type { Parsed } from "../place.ts";
import { quoted } from "../quote.ts";

/** The few shapes that realm.yaml's schema is made of, each with its messages. */

/** Text with a grammar of its own. `wanted` completes "write …"; `hint` is for editors. */
export const text = <T>(wanted: string, parse: (text: string) => Parsed<T>, hint: Hint = {}) =>
  z
    .string({ error: ({ input }) => says(input, `write ${wanted}`) })
    .meta(hint)
    .transform((value, context): T => {
      const outcome = parse(value);
      if (outcome.ok) return outcome.value;
      context.issues.push({ code: "custom", message: outcome.problem, input: value });
      return z.NEVER;
    });

/** What editors show beside a value, and check before Warren does. */
type Hint = {
  readonly description?: string;
  readonly pattern?: string;
  readonly examples?: string[];
};

export const choice = <const Words extends readonly [string, ...string[]]>(words: Words, hint: Hint = {}) =>
  z.enum(words, { error: ({ input }) => says(input, `use ${words.join(", ")}`) }).meta(hint);

export const flag = (hint: Hint = {}) =>
  z.boolean({ error: ({ input }) => says(input, "write true or false") }).meta(hint);

export const integer = (first: number, last: number, wanted: string, hint: Hint = {}) =>
  z
    .int({ error: ({ input }) => says(input, `write ${wanted}`) })
    .min(first, { error: ({ input }) => says(input, `use ${first} or more`) })
    .max(last, { error: ({ input }) => says(input, `use ${last} or less`) })
    .meta(hint);

/** A list that holds something: one that is empty is a slip, and leaving the key out says the same. */
export const list = <Item extends z.ZodType>(item: Item, wanted: string, hint: Hint = {}) =>
  z
    .array(item, { error: ({ input }) => says(input, `write a list of ${wanted}`) })
    .min(1, { error: () => `list is empty; name ${wanted}` })
    .meta(hint);

export const strict = <Shape extends z.ZodRawShape>(shape: Shape, hint: Hint = {}) =>
  z
    .strictObject(shape, {
      error: ({ code, input }) =>
        code === "unrecognized_keys"
          ? `key is not known here; use ${Object.keys(shape).join(", ")}`
          : says(input, `write a mapping with ${Object.keys(shape).join(", ")}`),
    })
    .meta(hint);

/** A mapping whose keys are names. It must hold something. */
export const named = <Value extends z.ZodType>(value: Value, wanted: string, hint: Hint = {}) =>
  z
    .record(z.string(), value, { error: ({ input }) => says(input, `write a mapping of ${wanted}`) })
    .meta(hint);

/** What stands there, and what to write instead. */
export function says(input: unknown, instead: string): string {
  if (input === undefined) return `is missing; ${instead}`;
  if (input === null) return `is empty; ${instead}`;
  if (typeof input === "string") return `${quoted(input)} is not allowed here; ${instead}`;
  if (Array.isArray(input)) return `is a list; ${instead}`;
  if (typeof input === "object") return `is a mapping; ${instead}`;
  return `${String(input)} is not allowed here; ${instead}`;
}
