import { Refusal } from "./refusal.ts";

export interface PageArgs {
  readonly first?: number | null;
  readonly last?: number | null;
  readonly after?: string | null;
  readonly before?: string | null;
}

/** Sorts a list and stands, encoded, as its cursor: what changes between two pages shifts nothing. */
export type Key = readonly [number, number];

const MOST = 100;

export interface Connection<View> {
  readonly nodes: readonly View[];
  readonly edges: readonly { readonly node: View; readonly cursor: string }[];
  readonly totalCount: number;
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

/** A page of `items`, ascending by key. GitHub asks for `first` or `last`, a hundred at most. */
export function connect<Item, View>(
  name: string,
  args: PageArgs,
  items: readonly Item[],
  keyOf: (item: Item) => Key,
  view: (item: Item) => View,
): Connection<View> {
  const sorted = items.map((item) => ({ item, key: keyOf(item) })).sort((a, b) => compare(a.key, b.key));
  const after = args.after ? decode(args.after) : undefined;
  const before = args.before ? decode(args.before) : undefined;
  const within = sorted.filter(
    ({ key }) =>
      (after === undefined || compare(key, after) > 0) && (before === undefined || compare(key, before) < 0),
  );
  const fromEnd = typeof args.first !== "number";
  const size = checkSize(name, args);
  const page = fromEnd ? within.slice(Math.max(0, within.length - size)) : within.slice(0, size);
  const edges = page.map(({ item, key }) => ({ node: view(item), cursor: encode(key) }));
  const more = within.length > page.length;
  return {
    nodes: edges.map(({ node }) => node),
    edges,
    totalCount: items.length,
    pageInfo: {
      hasNextPage: fromEnd ? before !== undefined : more,
      hasPreviousPage: fromEnd ? more : after !== undefined,
      startCursor: edges.at(0)?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}

function checkSize(name: string, { first, last }: PageArgs): number {
  const [bound, size] = typeof first === "number" ? (["first", first] as const) : (["last", last] as const);
  if (typeof size !== "number") {
    const words = `You must provide a \`first\` or \`last\` value to properly paginate the \`${name}\` connection.`;
    throw new Refusal(422, words, { type: "MISSING_PAGINATION_BOUNDARIES" });
  }
  if (size < 0 || size > MOST) {
    const words = `Requesting ${size} records on the \`${name}\` connection exceeds the \`${bound}\` limit of ${MOST} records.`;
    throw new Refusal(422, words, { type: "EXCESSIVE_PAGINATION" });
  }
  return size;
}

const compare = (a: Key, b: Key): number => a[0] - b[0] || a[1] - b[1];

const encode = (key: Key): string => Buffer.from(`cursor:v2:${key[0]}:${key[1]}`).toString("base64");

function decode(cursor: string): Key {
  const text = Buffer.from(cursor, "base64").toString();
  const [, first, second] = /^cursor:v2:(-?\d+):(-?\d+)$/.exec(text) ?? [];
  if (first !== undefined && second !== undefined) return [Number(first), Number(second)];
  throw new Refusal(422, `\`${cursor}\` does not appear to be a valid cursor.`, {
    type: "INVALID_CURSOR_ARGUMENTS",
  });
}
