import { fileURLToPath } from "node:url";

export const shebang = "#!/usr/bin/env node\n";

/** CommonJS libraries in an ES module want these two; write-file-atomic names its temporary files by the second. */
export const requireLine =
  'import { createRequire as __cr } from "node:module"; const require = __cr(import.meta.url), __filename = new URL(import.meta.url).pathname;';

/** What all bundles of `root` have in common, for esbuild. */
export const commonIn = (root) => ({
  bundle: true,
  platform: "node",
  target: "node20.18",
  format: "esm",
  legalComments: "none",
  logLevel: "warning",
  absWorkingDir: root,
});

/** For bundles that hosts with Debian 12's Node run. */
export const onNode18In = (root) => ({ target: "node18", inject: [`${root}/tools/stubs/node18.mjs`] });

/** The agent, the actions and the proxy's program run where nothing is installed: each is one file. */
export const aloneIn = (root) => ({
  ...commonIn(root),
  minify: true,
  banner: { js: shebang + requireLine },
});

const stub = (name) => fileURLToPath(new URL(`stubs/${name}.mjs`, import.meta.url));

/** MQTT over TLS or a socket needs neither WebSockets nor SOCKS nor a worker for its timers. */
export const mqttAlone = {
  ws: stub("absent"),
  socks: stub("absent"),
  "worker-timers": stub("timers"),
  "readable-stream": "node:stream",
};
