import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { execaSync } from "execa";
import { parse } from "yaml";
import * as z from "zod";
import { makeRelease } from "../../tools/release.mjs";

let root: string;
const git = (...args: string[]): string => execaSync("git", args, { cwd: root }).stdout;
const put = (path: string, text: string): void => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
};

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "warren-test-"));
  git("init", "-q", "-b", "main");
  git("config", "user.name", "somebody");
  git("config", "user.email", "somebody@example.org");
  for (const name of ["one", "two"]) put(`actions/${name}/action.yml`, `name: ${name}\n`);
  put("package.json", '{ "version": "1.2.3" }');
  put("LICENSE", "MIT\n");
  put(".gitignore", "dist/\n");
  git("add", ".");
  git("commit", "-q", "-m", "start");
  for (const name of ["one", "two"]) put(`dist/actions/${name}/index.js`, `// ${name}\n`);
});
afterEach(() => rmSync(root, { recursive: true }));

const RELEASED = [
  "LICENSE",
  "actions/one/action.yml",
  "actions/two/action.yml",
  "dist/actions/one/index.js",
  "dist/actions/two/index.js",
];

describe("a release of the actions", () => {
  it("is a tagged commit of its own, with the bundles and no history", () => {
    const { tag, commit, source } = makeRelease(root, { write: true });
    expect(tag).toBe("v1.2.3");
    expect(git("rev-parse", "v1.2.3")).toBe(commit);
    expect(git("rev-list", "v1.2.3")).toBe(commit);
    expect(git("ls-tree", "-r", "--name-only", commit).split("\n")).toEqual(RELEASED);
    expect(git("show", "-s", "--format=%B", commit)).toContain(`Built from ${source}`);
    expect(git("show", `${commit}:dist/actions/one/index.js`)).toBe("// one");
    // main knows nothing of it, nor does the index.
    expect(git("ls-tree", "-r", "--name-only", "main")).not.toContain("dist/");
    expect(git("status", "--porcelain")).toBe("");
  });

  it("is written nowhere by a dry run, which says the very commit that it would be", () => {
    const before = git("count-objects");
    const dry = makeRelease(root, { write: false });
    expect(git("count-objects")).toBe(before);
    expect(git("tag")).toBe("");
    expect(makeRelease(root, { write: true })).toEqual(dry);
  });

  it("never moves a tag that is there", () => {
    const { commit } = makeRelease(root, { write: true });
    put("dist/actions/one/index.js", "// another\n");
    expect(() => makeRelease(root, { write: true })).toThrow();
    expect(git("rev-parse", "v1.2.3")).toBe(commit);
  });

  it("is none without its bundles", () => {
    rmSync(join(root, "dist/actions/two"), { recursive: true });
    expect(() => makeRelease(root, { write: false })).toThrow(
      "dist/actions/two/index.js is missing; run npm run build",
    );
  });
});

const ours = fileURLToPath(new URL("../../actions", import.meta.url));
const marketplace = z.object({
  name: z.string().min(1),
  description: z.string().min(1).max(125),
  author: z.string().min(1),
  branding: z.object({
    icon: z.string(),
    color: z.enum(["white", "black", "yellow", "blue", "green", "orange", "red", "purple", "gray-dark"]),
  }),
  inputs: z.record(z.string(), z.object({ description: z.string().min(1) })),
  outputs: z.record(z.string(), z.object({ description: z.string().min(1) })),
  runs: z.object({ using: z.literal("node24"), main: z.string() }),
});

describe("each action", () => {
  const names = readdirSync(ours, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? [entry.name] : [],
  );

  it.each(names)("%s is described as a marketplace asks, and finds its bundle in a release", (name) => {
    const text = readFileSync(join(ours, name, "action.yml"), "utf8");
    const { runs } = marketplace.parse(parse(text));
    expect(normalize(`actions/${name}/${runs.main}`)).toBe(`dist/actions/${name}/index.js`);
  });
});
