import { chmodSync, copyFileSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { aloneIn, commonIn, mqttAlone, onNode18In, requireLine, shebang } from "./bundles.mjs";
import { buildProxyProgram, proxyScripts } from "./proxy-program.mjs";

/** Fills dist/: what package.json's `bin` names, what Actions run, and what the sandbox starts. Same input, same bytes. */
const root = fileURLToPath(new URL("..", import.meta.url));
process.chdir(root);
const common = commonIn(root);

rmSync("dist", { recursive: true, force: true });

/** The app runs beside its libraries, as npm installs them. */
const installed = { ...common, packages: "external", outdir: "dist", banner: { js: shebang } };
/** A command starts in half the time with its libraries bundled; what only the sandbox needs stays outside. */
const started = {
  ...common,
  minify: true,
  alias: mqttAlone,
  external: ["aedes", "ssh2", "graphql", "@octokit/graphql-schema", "hono", "@hono/node-server", "jose"],
  inject: [`${root}/cli/first.ts`],
  splitting: true,
  chunkNames: "chunks/[name]-[hash]",
  outdir: "dist",
  banner: { js: shebang + requireLine },
};
const alone = aloneIn(root);

const jobs = [];
if (existsSync("cli/main.ts")) {
  jobs.push(build({ ...started, entryPoints: { warren: "cli/main.ts" }, define: proxyScripts(".") }));
}
jobs.push(buildProxyProgram(root, "dist/warren-proxy.mjs"));
if (existsSync("app/main.ts")) jobs.push(build({ ...installed, entryPoints: { app: "app/main.ts" } }));
if (existsSync("agent/device/main.ts")) {
  jobs.push(
    build({
      ...alone,
      entryPoints: { "warren-agent": "agent/device/main.ts" },
      outdir: "dist",
      ...onNode18In(root),
      alias: mqttAlone,
    }),
  );
}
for (const action of ["sync-proxy", "process-submissions", "check-realm"]) {
  if (!existsSync(`actions/${action}/main.ts`)) continue;
  jobs.push(
    build({
      ...alone,
      banner: { js: requireLine },
      entryPoints: [`actions/${action}/main.ts`],
      outfile: `dist/actions/${action}/index.js`,
    }),
  );
}
await Promise.all(jobs);
// What the proxy's accounts run at login, and PAM with every session, as they are.
for (const script of ["serve.sh", "session.sh"]) {
  if (!existsSync(`agent/proxy/${script}`)) continue;
  mkdirSync("dist", { recursive: true });
  copyFileSync(`agent/proxy/${script}`, `dist/${script}`);
  chmodSync(`dist/${script}`, 0o755);
}
for (const bin of ["dist/warren.js", "dist/warren-proxy.mjs", "dist/warren-agent.js", "dist/app.js"])
  if (existsSync(bin)) chmodSync(bin, 0o755);
