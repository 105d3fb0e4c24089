import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

/**
 * A release tag of the actions: one commit without a parent that holds each action.yml and its bundle, and nothing else,
 * so that bundles never live on main and whoever runs an action fetches no more than it. Same source, same bytes, same
 * commit: anyone can build it again and compare.
 */
export function makeRelease(root, { write }) {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const tag = `v${version}`;
  const scratch = mkdtempSync(join(tmpdir(), "warren-release-"));
  try {
    const git = gitIn(root, scratch, write);
    const source = git(["rev-parse", "HEAD"]);
    const files = releasedFiles(root);
    for (const path of files) {
      const blob = git(["hash-object", "-w", "--no-filters", "--", join(root, path)]);
      git(["update-index", "--add", "--cacheinfo", `100644,${blob},${path}`]);
    }
    const tree = git(["write-tree"]);
    const [name, email, date] = git(["show", "-s", "--format=%cn%n%ce%n%cI", "HEAD"]).split("\n");
    const by = { NAME: name, EMAIL: email, DATE: date };
    const who = Object.entries(by).flatMap(([key, value]) => [
      [`GIT_AUTHOR_${key}`, value],
      [`GIT_COMMITTER_${key}`, value],
    ]);
    const message = `actions: ${tag}\n\nBuilt from ${source} by npm run build; tools/release.mjs makes the same commit again.`;
    const commit = git(["commit-tree", "-m", message, tree], Object.fromEntries(who));
    if (write) git(["update-ref", `refs/tags/${tag}`, commit, "0".repeat(40)]);
    return { tag, source, commit, files: files.map((path) => [path, sha256(join(root, path))]) };
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

function releasedFiles(root) {
  const actions = readdirSync(join(root, "actions"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  const files = actions.flatMap((name) => [`actions/${name}/action.yml`, `dist/actions/${name}/index.js`]);
  const missing = files.find((path) => !existsSync(join(root, path)));
  if (missing !== undefined) throw new Error(`${missing} is missing; run npm run build`);
  return [...files, "LICENSE"].sort();
}

/** A dry run's objects and index live in a scratch folder, and end with it. */
function gitIn(root, scratch, write) {
  const run = (args, env) =>
    execFileSync("git", args, { cwd: root, encoding: "utf8", env, stdio: ["ignore", "pipe", "pipe"] }).trim();
  const base = { ...process.env, GIT_INDEX_FILE: join(scratch, "index") };
  const objects = run(["rev-parse", "--path-format=absolute", "--git-path", "objects"], process.env);
  const apart = { GIT_OBJECT_DIRECTORY: scratch, GIT_ALTERNATE_OBJECT_DIRECTORIES: objects };
  return (args, more = {}) => run(args, { ...base, ...(write ? {} : apart), ...more });
}

const sha256 = (path) => createHash("sha256").update(readFileSync(path)).digest("hex");

function main() {
  const { values } = parseArgs({ options: { tag: { type: "boolean", default: false } } });
  const root = fileURLToPath(new URL("..", import.meta.url));
  const git = (...args) => execFileSync("git", args, { cwd: root, encoding: "utf8" }).trim();
  if (git("status", "--porcelain", "--untracked-files=no") !== "")
    throw new Error(
      "the working tree has changes; commit them first, so that the release says what it is of",
    );
  execFileSync("npm", ["run", "--silent", "build"], { cwd: root, stdio: "inherit" });
  const { tag, source, commit, files } = makeRelease(root, { write: values.tag });
  for (const [path, hash] of files) console.log(`${hash}  ${path}`);
  console.log(`\n${tag} is ${commit}, of ${source}`);
  console.log(
    values.tag ? `next: git push origin ${tag}` : "nothing was written; --tag makes the commit and the tag",
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  try {
    main();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
