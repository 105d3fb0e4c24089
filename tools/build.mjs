import { chmodSync, copyFileSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** Fills dist/: what package.json's `bin` names, what Actions run, and what the sandbox starts. Same input, same bytes. */
const root = fileURLToPath(new URL("..", import.meta.url));
process.chdir(root);
/** CommonJS libraries in an ES module want these two; write-file-atomic names its temporary files by the second. */
const require =
  'import { createRequire as __cr } from "node:module"; const require = __cr(import.meta.url), __filename = new URL(import.meta.url).pathname;';
const shebang = "#!/usr/bin/env node\n";
const common = {
  bundle: true,
  platform: "node",
  target: "node20.18",
  format: "esm",
  legalComments: "none",
  logLevel: "warning",
  absWorkingDir: root,
};

rmSync("dist", { recursive: true, force: true });

/** The app runs beside its libraries, as npm installs them. */
const installed = { ...common, packages: "external", outdir: "dist", banner: { js: shebang } };
/** A command starts in half the time with its libraries bundled; what only the sandbox needs stays outside. */
const started = {
  ...common,
  minify: true,
  external: ["aedes", "ssh2", "graphql", "@octokit/graphql-schema", "hono", "@hono/node-server", "jose"],
  splitting: true,
  chunkNames: "chunks/[name]-[hash]",
  outdir: "dist",
  banner: { js: shebang + require },
};
/** The agent and the actions run where nothing is installed: each is one file. */
const alone = { ...common, minify: true, banner: { js: shebang + require } };

const stub = (name) => fileURLToPath(new URL(`stubs/${name}.mjs`, import.meta.url));
const jobs = [];
if (existsSync("cli/main.ts")) jobs.push(build({ ...started, entryPoints: { warren: "cli/main.ts" } }));
if (existsSync("app/main.ts")) jobs.push(build({ ...installed, entryPoints: { app: "app/main.ts" } }));
if (existsSync("agent/device/main.ts")) {
  jobs.push(
    build({
      ...alone,
      entryPoints: { "warren-agent": "agent/device/main.ts" },
      outdir: "dist",
      target: "node18",
      // MQTT over TLS needs neither WebSockets nor SOCKS nor a worker for its timers.
      alias: {
        ws: stub("absent"),
        socks: stub("absent"),
        "worker-timers": stub("timers"),
        "readable-stream": "node:stream",
      },
    }),
  );
}
for (const action of ["sync-proxy", "process-submissions", "check-realm"]) {
  if (!existsSync(`actions/${action}/main.ts`)) continue;
  jobs.push(
    build({
      ...alone,
      banner: { js: require },
      entryPoints: [`actions/${action}/main.ts`],
      outfile: `dist/actions/${action}/index.js`,
    }),
  );
}
await Promise.all(jobs);
// What the proxy's accounts run at login, as it is.
if (existsSync("agent/proxy/serve.sh")) {
  mkdirSync("dist", { recursive: true });
  copyFileSync("agent/proxy/serve.sh", "dist/serve.sh");
  chmodSync("dist/serve.sh", 0o755);
}
for (const bin of ["dist/warren.js", "dist/warren-agent.js", "dist/app.js"])
  if (existsSync(bin)) chmodSync(bin, 0o755);
