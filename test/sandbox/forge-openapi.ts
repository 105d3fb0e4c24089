import { readFileSync } from "node:fs";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import * as z from "zod";
import type { Exchange } from "../../sandbox/forge/exchange.ts";

const FILE = new URL("forge-openapi.json", import.meta.url);
const given = z.looseObject({
  operations: z.record(z.string(), z.record(z.string(), z.unknown())),
  webhooks: z.record(z.string(), z.unknown()),
});

let read: Contract | undefined;

/** Reads once what tools/cut-openapi.mjs cut out of GitHub's OpenAPI. */
export const github = (): Contract => {
  read ??= new Contract();
  return read;
};

/** What GitHub says its REST answers and its webhooks look like. Only what is asked for is compiled. */
class Contract {
  readonly #cut = given.parse(JSON.parse(readFileSync(FILE, "utf8")));
  readonly #ajv = new Ajv2020({
    strict: false,
    validateSchema: false,
    inlineRefs: false,
    // Each schema is asked a few times: compiling fast counts for more than judging fast.
    code: { optimize: false },
    formats: {
      "date-time": /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/,
      uri: (text: string) => URL.canParse(text),
      email: true,
      int64: true,
      "uri-template": true,
    },
  }).addSchema(this.#cut, "github");
  /** The most literal first: `/commits/{ref}/check-runs` before `/commits/{ref}`. */
  readonly #operations = Object.keys(this.#cut.operations)
    .map((name) => ({ name, pattern: patternOf(name), weight: name.replace(/\{\w+\}/g, "").length }))
    .sort((a, b) => b.weight - a.weight);

  /** What is wrong with an answer; undefined if GitHub could have given it. */
  problemOf({ method, path, status, json }: Exchange): string | undefined {
    const plain = path.replace(/^\/api\/v3/, "").replace(/^\/repositories\/\d+/, "/repos/owner/repo");
    if (plain.endsWith("graphql") || plain.startsWith("/_codeload/") || status === 304) return undefined;
    const wanted = `${method} ${decodeURI(plain)}`;
    const name = this.#operations.find(({ pattern }) => pattern.test(wanted))?.name;
    if (name === undefined) return status === 404 ? undefined : `GitHub has no ${wanted}`;
    const schema = this.#cut.operations[name]?.[status];
    // Refusals that every operation may give are documented with few of them.
    if (!schema && status >= 400) return this.#judge(json, "#/error", `${wanted}: ${status}`);
    if (schema === undefined) return `${wanted} is never answered ${status}`;
    if (schema === null) return json === undefined ? undefined : `${wanted}: ${status} has no body`;
    // Raw files and archives.
    if (json === undefined) return undefined;
    return this.#judge(json, `#/operations/${encode(name)}/${status}`, `${wanted}: ${status}`);
  }

  problemOfWebhook(event: string, payload: { readonly action?: string | undefined }): string | undefined {
    const names = [event, `${event}-${payload.action}`].map((one) => one.replaceAll("_", "-"));
    const name = event === "repository_dispatch" ? SAMPLE : names.find((one) => one in this.#cut.webhooks);
    if (name === undefined) return `GitHub sends no ${names.at(-1)}`;
    return this.#judge(payload, `#/webhooks/${encode(name)}`, `webhook ${name}`);
  }

  #judge(value: unknown, at: string, what: string): string | undefined {
    const validate: ValidateFunction | undefined = this.#ajv.getSchema(`github${at}`);
    if (validate === undefined) throw new Error(`schema "${at}" is missing`);
    if (validate(value)) return undefined;
    const problems = (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
    return `${what} is not GitHub's: ${[...new Set(problems)].slice(0, 8).join("; ")}`;
  }
}

/** The one example that the document has of an event whose action is whatever its sender says. */
const SAMPLE = "repository-dispatch-sample.collected";

const encode = (name: string): string => encodeURIComponent(name.replaceAll("~", "~0").replaceAll("/", "~1"));

/** Parameters that may hold slashes do so at the end of a path. */
function patternOf(name: string): RegExp {
  const literal = name.replace(/[.$]/g, "\\$&");
  return new RegExp(`^${literal.replace(/\{(\w+)\}/g, (_all, one) => (DEEP.has(one) ? ".+" : "[^/]+"))}$`);
}
const DEEP = new Set(["path", "ref", "branch", "basehead", "tree_sha"]);
