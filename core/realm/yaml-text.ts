import {
  type CST,
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Node,
  type Pair,
  Parser,
  parseDocument,
  visit,
  type YAMLMap,
} from "yaml";
import type { Place } from "../place.ts";
import { printable } from "../quote.ts";

/** Steps from the root of a document to a value inside it: keys and indices. */
export type Path = readonly PropertyKey[];

/** What is wrong at which place of a text, before its problems get their paths in print. */
export interface TextProblem {
  readonly place: Place;
  readonly path: Path;
  readonly message: string;
}

/** A YAML text as plain values, and where each of them stands. */
export interface YamlText {
  readonly value: unknown;
  /** Of the value at `path`, or, where there is none, of the nearest mapping or list around it. */
  placeOf(path: Path): Place;
  /** Of the key at the end of `path`. */
  placeOfKey(path: Path): Place;
  /** What doesn't keep the values from being read: keys that stand twice, tags that are not known. */
  readonly problems: readonly TextProblem[];
}

export type ReadYaml =
  | { readonly ok: true; readonly text: YamlText }
  | { readonly ok: false; readonly problems: readonly TextProblem[] };

/** A realm of 1,000 systems needs 300 kB; what is made to be slow takes seconds at this size. */
const MOST_BYTES = 512 * 1024;
const MOST_PROBLEMS = 100;
/** A realm needs eight. Far deeper ones end the library's recursion in V8, and may end the whole process there. */
const MOST_LEVELS = 64;
/** A realm of 1,000 systems holds 95,000 lexemes; nothing but quotes is the library's dearest text, an error for each. */
const MOST_LEXEMES = 150_000;
/** Each is looked up by a walk through the document. */
const MOST_ALIASES = 100;

/** YAML 1.2, one document, text keys, no directives: `%YAML 1.1` would turn `no` into false. */
export function readYaml(text: string, file: string): ReadYaml {
  const lines = new LineCounter();
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), col: Math.max(col, 1) };
  };
  const bytes = Buffer.byteLength(text);
  if (bytes > MOST_BYTES) {
    return failed([
      { place: { file, line: 1, col: 1 }, message: `file has ${bytes} bytes; ${MOST_BYTES} at most` },
    ]);
  }
  const directives = directiveLines(text);
  if (directives.length > 0) {
    const message = "line begins with %, a YAML directive; remove it";
    return failed(directives.map((line) => ({ place: { file, line, col: 1 }, message })));
  }

  if (isTooDense(text)) {
    return failed([
      { place: at(0), message: `file holds too much punctuation; ${MOST_LEXEMES} lexemes at most` },
    ]);
  }
  if (isTooDeep(text)) {
    return failed([{ place: at(0), message: `file is nested too deeply; ${MOST_LEVELS} levels at most` }]);
  }

  const document = parseDocument(text, {
    lineCounter: lines,
    version: "1.2",
    merge: false,
    uniqueKeys: false, // checked below: the library compares each key with every other
    stringKeys: true,
    prettyErrors: false,
  });
  if (document.errors.length > 0) {
    const errors = document.errors.map(({ pos, code, message }) => ({
      place: at(pos[0]),
      message: spoken(code, message),
    }));
    return failed(errors.slice(0, MOST_PROBLEMS));
  }
  const aliases = countAliases(document);
  if (aliases > MOST_ALIASES) {
    return failed([{ place: at(0), message: `file has ${aliases} aliases; ${MOST_ALIASES} at most` }]);
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 20 });
  } catch (error) {
    const message = error instanceof Error ? error.message : "aliases can't be resolved";
    return failed([{ place: { file, line: 1, col: 1 }, message: spoken("ALIAS", message) }]);
  }
  const warnings = document.warnings.map(({ pos, code, message }) => ({
    place: at(pos[0]),
    path: [],
    message: spoken(code, message),
  }));
  const find = finder(document);
  return {
    ok: true,
    text: {
      value,
      problems: [...warnings, ...doubledKeys(document, at)],
      placeOf: (path) => at(find(path).value),
      placeOfKey: (path) => at(find(path).key),
    },
  };
}

function isTooDense(text: string): boolean {
  let count = 0;
  for (const _ of new Lexer().lex(text)) {
    count += 1;
    if (count > MOST_LEXEMES) return true;
  }
  return false;
}

/** Level by level, so that it is no recursion itself; the library's own parser keeps a stack of its own, too. */
function isTooDeep(text: string): boolean {
  let level: CST.Token[] = [...new Parser().parse(text)];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MOST_LEVELS) return true;
    level = level.flatMap(tokensIn);
  }
  return false;
}

function tokensIn(token: CST.Token): CST.Token[] {
  if (token.type === "document") return token.value === undefined ? [] : [token.value];
  if (!("items" in token)) return [];
  return token.items.flatMap(({ key, value }) =>
    [key, value].filter((one) => one !== null && one !== undefined),
  );
}

const failed = (problems: readonly Omit<TextProblem, "path">[]): ReadYaml => ({
  ok: false,
  problems: problems.map((problem) => ({ ...problem, path: [] })),
});

function spoken(code: string, message: string): string {
  if (code === "MULTIPLE_DOCS") return "file holds more than one YAML document; one alone";
  const [line = ""] = message.split("\n", 1);
  const sentence = printable(line.slice(0, 200));
  return `not readable as YAML: ${sentence.charAt(0).toLowerCase()}${sentence.slice(1).replace(/\.$/, "")}`;
}

const directiveLines = (text: string): readonly number[] =>
  text.split(/\r\n|[\r\n]/).flatMap((line, index) => (/^\ufeff?%/.test(line) ? [index + 1] : []));

function countAliases(document: Document): number {
  let count = 0;
  visit(document, {
    Alias() {
      count++;
    },
  });
  return count;
}

function doubledKeys(document: Document, at: (offset: number) => Place): readonly TextProblem[] {
  const problems: TextProblem[] = [];
  visit(document, {
    Map(_, map, ancestors) {
      const seen = new Set<string>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        const name = String(key.value);
        const message = seen.has(name) ? "key stands twice; once each" : "key is not known";
        if (seen.has(name) || name === "__proto__") {
          problems.push({ place: at(offsetOf(key)), path: [...pathOf([...ancestors, map]), name], message });
        }
        seen.add(name);
      }
    },
  });
  return problems;
}

/** The path of the last of these nodes, each of which holds the next. */
const pathOf = (nodes: readonly unknown[]): Path =>
  nodes.flatMap((node, index): Path => {
    if (isPair(node)) return isScalar(node.key) ? [String(node.key.value)] : [];
    return isSeq(node) && index + 1 < nodes.length ? [node.items.indexOf(nodes[index + 1])] : [];
  });

/** Offsets of a value and of its key; of the nearest ancestor where the path leads to nothing. */
type Find = (path: Path) => { readonly value: number; readonly key: number };

function finder(document: Document): Find {
  const indexes = new WeakMap<object, ReadonlyMap<string, Pair<Node, Node | null>>>();
  const pairOf = (map: YAMLMap<Node, Node | null>, key: string): Pair<Node, Node | null> | undefined => {
    const index = indexes.get(map) ?? new Map(map.items.map((pair) => [keyOf(pair), pair]));
    indexes.set(map, index);
    return index.get(key);
  };
  return (path) => {
    let node: Node | null | undefined = document.contents;
    let found = { value: offsetOf(node), key: offsetOf(node) };
    for (const step of path) {
      const inside: Node | null | undefined = isAlias(node) ? node.resolve(document) : node;
      if (isMap<Node, Node | null>(inside)) {
        const pair: Pair<Node, Node | null> | undefined = pairOf(inside, String(step));
        if (pair === undefined) return found;
        node = pair.value;
        found = { value: offsetOf(node ?? pair.key), key: offsetOf(pair.key) };
      } else if (isSeq<Node>(inside)) {
        const item: Node | undefined = inside.items[Number(step)];
        if (item === undefined) return found;
        node = item;
        found = { value: offsetOf(node), key: offsetOf(node) };
      } else return found;
    }
    return found;
  };
}

const keyOf = ({ key }: Pair<Node, Node | null>): string => (isScalar(key) ? String(key.value) : "");

const offsetOf = (node: Node | null | undefined): number => node?.range?.[0] ?? 0;
