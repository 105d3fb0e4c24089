import * as z from "zod";
import { readJson } from "../json.ts";

const oneOrMore = z.union([z.string(), z.array(z.string())]);
const statement = z.looseObject({
  Effect: z.string(),
  Action: oneOrMore.optional(),
  Resource: oneOrMore.optional(),
  Principal: z.unknown().optional(),
  Condition: z.record(z.string(), z.record(z.string(), oneOrMore)).optional(),
});
const shape = z.looseObject({ Statement: z.union([statement, z.array(statement)]) });

/**
 * What a policy says, one line for each action, resource and condition: the same for any order and any grouping, and fit
 * to be shown. Of a document that is none of ours in its form there is one line, the document itself.
 */
export function rulesOf(text: string): ReadonlySet<string> {
  const read = readJson(shape, text, "policy");
  if (!read.ok) return new Set([text]);
  const statements = list(read.value.Statement);
  return new Set(statements.flatMap(linesOf));
}

function linesOf(one: z.output<typeof statement>): readonly string[] {
  const { Effect, Action, Resource, Principal, Condition, Sid: _, ...rest } = one;
  // NotAction and its like turn a rule around: never compare what we don't take apart.
  if (Action === undefined || Object.keys(rest).length > 0) return [JSON.stringify(one)];
  const conditions = Object.entries(Condition ?? {}).flatMap(([test, keys]) =>
    Object.entries(keys).map(([key, values]) => `${test} ${key} ${list(values).toSorted().join(" or ")}`),
  );
  const from = Principal === undefined ? "" : ` by ${JSON.stringify(Principal)}`;
  const only = conditions.length === 0 ? "" : ` if ${conditions.toSorted().join(" and ")}`;
  return list(Action).flatMap((action) =>
    list(Resource ?? "").map((resource) =>
      `${Effect.toLowerCase()} ${action} ${resource}`.trim().concat(from, only),
    ),
  );
}

const list = <T>(value: T | readonly T[]): readonly T[] =>
  Array.isArray(value) ? (value as readonly T[]) : [value as T];

/** `+` what `wanted` says and `held` doesn't, `-` the reverse; empty: they say the same. */
export function differenceOf(held: string, wanted: unknown): readonly string[] {
  const [before, after] = [rulesOf(held), rulesOf(JSON.stringify(wanted))];
  return [
    ...[...before].filter((line) => !after.has(line)).map((line) => `- ${line}`),
    ...[...after].filter((line) => !before.has(line)).map((line) => `+ ${line}`),
  ];
}
