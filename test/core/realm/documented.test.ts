import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { printRealmSchema } from "../../../core/realm/schema.ts";

/** As much of JSON Schema as ours uses. */
interface Shape {
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Shape | boolean;
  readonly items?: Shape;
  readonly anyOf?: readonly Shape[];
  readonly oneOf?: readonly Shape[];
  readonly default?: unknown;
}

/** Each field by its path, as in `systems.<name>.trust[].who`, and whether it must be there. */
function fieldsOf(shape: Shape, path = ""): readonly (readonly [path: string, required: boolean])[] {
  const {
    properties = {},
    required = [],
    additionalProperties: named,
    items,
    anyOf = [],
    oneOf = [],
  } = shape;
  return [
    ...Object.entries(properties).flatMap(([key, inner]) => {
      const field = path === "" ? key : `${path}.${key}`;
      return [[field, required.includes(key)] as const, ...fieldsOf(inner, field)];
    }),
    ...(typeof named === "object" ? fieldsOf(named, `${path}.<name>`) : []),
    ...(items === undefined ? [] : fieldsOf(items, `${path}[]`)),
    ...[...anyOf, ...oneOf].flatMap((one) => fieldsOf(one, path)),
  ];
}

/** The rows of the page's tables: path, what it holds, and what leaving it out means. */
const rows = readFileSync("docs/realm.md", "utf8")
  .split("\n")
  .flatMap((line) => {
    const [, path, holds = "", leftOut = ""] = /^\| `([^`]+)` \| (.+) \| (.+) \|$/.exec(line) ?? [];
    return path === undefined ? [] : [{ path, holds, leftOut }];
  });

describe("docs/realm.md", () => {
  const fields = new Map(fieldsOf(JSON.parse(printRealmSchema())));

  it("has every field that realm.yaml may hold, each once, and no other", () => {
    expect(rows.map(({ path }) => path).toSorted()).toEqual([...fields.keys()].toSorted());
  });

  it("says of each whether it may be left out", () => {
    const said = rows.map(({ path, leftOut }) => [path, leftOut === "required"]);
    expect(said).toEqual(rows.map(({ path }) => [path, fields.get(path)]));
  });
});
