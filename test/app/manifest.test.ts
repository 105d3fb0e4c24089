import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "@jest/globals";
import { parse } from "yaml";
import * as z from "zod";
import { APP_EVENTS, APP_PERMISSIONS } from "../../flows/doctor/app.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const manifest = z
  .strictObject({
    name: z.string().max(34),
    description: z.string(),
    url: z.url(),
    public: z.literal(false),
    hook_attributes: z.strictObject({ url: z.url({ protocol: /^https$/ }), active: z.literal(true) }),
    default_permissions: z.record(z.string(), z.enum(["read", "write"])),
    default_events: z.array(z.string()),
  })
  .parse(parse(readFileSync(join(ROOT, "app.yml"), "utf8")));

/** GitHub's docs, "Permissions required for GitHub Apps": what a path takes. Null: nothing but being the App. */
const NEEDS: readonly (readonly [RegExp, string | null])[] = [
  [/^\/(app|installation)\b|^\/repos\/\{owner\}\/\{repo\}\/installation$/, null],
  [/^\/repos\/\{owner\}\/\{repo\}\/(issues|labels)\b/, "issues"],
  [/^\/repos\/\{owner\}\/\{repo\}\/(compare|contents|git|tarball|commits|branches|dispatches)\b/, "contents"],
  [/^\/repos\/\{owner\}\/\{repo\}\/(check-runs|check-suites)\b/, "checks"],
  [/^\/repos\/\{owner\}\/\{repo\}\/pulls\b/, "pull_requests"],
  [
    /^\/repos\/\{owner\}\/\{repo\}\/(collaborators|rules)\b|^\/repos\/\{owner\}\/\{repo\}$|^\/users?\b/,
    "metadata",
  ],
  [/^\/orgs\/\{org\}\/(teams|members)\b/, "members"],
];

const sources = ["app", "adapters/github"].flatMap((folder) =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith(".ts"))
    .map((name) => readFileSync(join(ROOT, folder, name), "utf8")),
);
const paths = new Set(
  sources.flatMap((text) =>
    [
      ...text.matchAll(
        /["`](?:(?:GET|POST|PATCH|PUT|DELETE) )?(\/(?:repos|app|installation|orgs|users?)\b[^"`?]*)["`]/g,
      ),
    ].map(([, path = ""]) => path),
  ),
);
const needed = (path: string) => NEEDS.find(([pattern]) => pattern.test(path))?.[1];

describe("the App's manifest", () => {
  it("asks for what every request of the app and its adapters takes", () => {
    expect(paths.size).toBeGreaterThan(10);
    expect([...paths].filter((path) => needed(path) === undefined)).toEqual([]);
    const wanted = new Set([...paths].flatMap((path) => needed(path) ?? []));
    expect([...wanted].filter((one) => manifest.default_permissions[one] === undefined)).toEqual([]);
  });

  it("asks for nothing else, and writes nothing but issues, contents, checks and pull requests", () => {
    const wanted = new Set([...paths].flatMap((path) => needed(path) ?? []));
    const unused = Object.keys(manifest.default_permissions).filter((one) => !wanted.has(one));
    // Every App has metadata, whether or not a request takes it.
    expect(unused.filter((one) => one !== "metadata")).toEqual([]);
    const writes = Object.entries(manifest.default_permissions).filter(([, level]) => level === "write");
    expect(writes.map(([name]) => name)).toEqual(["issues", "contents", "checks", "pull_requests"]);
  });

  it("subscribes to the events that the app listens to; those of installations come by themselves", () => {
    const events = readFileSync(join(ROOT, "app/events.ts"), "utf8");
    const heard = [...events.matchAll(/app\.on\("(\w+)"/g)].map(([, name]) => name);
    expect(heard.filter((name) => !name?.startsWith("installation")).sort()).toEqual(
      [...manifest.default_events].sort(),
    );
  });

  it("is what warren doctor looks for", () => {
    expect(manifest.default_permissions).toEqual(APP_PERMISSIONS);
    expect(manifest.default_events).toEqual(APP_EVENTS);
  });
});
