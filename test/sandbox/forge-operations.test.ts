import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { parse, validate } from "graphql";
import { githubSchema } from "../../sandbox/forge/schema.ts";

const FOLDER = new URL("../../adapters/github/", import.meta.url);

interface Source {
  readonly file: string;
  readonly text: string;
  /** Its constants that are texts. */
  readonly texts: ReadonlyMap<string, string>;
}

const sources: readonly Source[] = readdirSync(FOLDER)
  .filter((file) => file.endsWith(".ts"))
  .map((file) => {
    const text = readFileSync(new URL(file, FOLDER), "utf8");
    const found = [...text.matchAll(/const (\w+) = (?:`([^`]*)`|"([^"]*)");/g)];
    return {
      file,
      text,
      texts: new Map(found.map(([, name = "", long, short]) => [name, long ?? short ?? ""])),
    };
  });

/** A text with what it holds of others, its own file's first. */
function complete({ file, texts }: Source, text: string): string {
  return text.replace(/\$\{(\w+)\}/g, (_all, name: string) => {
    const from = texts.has(name) ? { file, texts } : sources.find((other) => other.texts.has(name));
    const source = sources.find((other) => other.file === from?.file);
    const inner = source?.texts.get(name);
    if (source === undefined || inner === undefined)
      throw new Error(`${file} names \${${name}}, which is nowhere`);
    return complete(source, inner);
  });
}

const OPERATION = /^\s*(?:query|mutation)\b/;
const operations = sources.flatMap((source) =>
  [...source.texts]
    .filter(([, text]) => OPERATION.test(text))
    .map(([name, text]) => [`${source.file} ${name}`, complete(source, text)] as const),
);

/** Put together as they run; the forge then holds them against the same schema. */
const MADE_AT_RUN_TIME = ["heads.ts", "pull-heads.ts", "registry-files.ts"];

describe("GitHub's GraphQL schema", () => {
  it("has been asked about every operation that stands in the adapters", () => {
    const written = sources.flatMap(({ file, text }) =>
      [...text.matchAll(/^\s*(?:query|mutation) \(/gm)].map(() => file),
    );
    const read = operations.map(([name]) => name.split(" ")[0]);
    expect(written.filter((file) => !MADE_AT_RUN_TIME.includes(file))).toEqual(read);
  });

  it.each(operations)("allows %s", (_name, text) => {
    expect(validate(githubSchema(), parse(text)).map(({ message }) => message)).toEqual([]);
  });
});
