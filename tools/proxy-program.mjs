import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { aloneIn, mqttAlone, onNode18In } from "./bundles.mjs";

const SCRIPTS = {
  serve: "agent/proxy/serve.sh",
  session: "agent/proxy/session.sh",
  device: "agent/proxy/device.sh",
};

/** What `warren proxy prepare` installs beside itself, for esbuild's `define`; read by adapters/host/carried.ts. */
export const proxyScripts = (root) => ({
  WARREN_SCRIPTS: JSON.stringify(
    Object.fromEntries(
      Object.entries(SCRIPTS).map(([name, path]) => [
        name,
        existsSync(`${root}/${path}`) ? readFileSync(`${root}/${path}`, "utf8") : "",
      ]),
    ),
  ),
});

/** The one file of `warren proxy …`, which Debian 12's Node 18 runs too. */
export const buildProxyProgram = (root, outfile) =>
  build({
    ...aloneIn(root),
    entryPoints: ["cli/proxy-main.ts"],
    outfile,
    ...onNode18In(root),
    alias: mqttAlone,
    define: proxyScripts(root),
  });

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await buildProxyProgram(
    fileURLToPath(new URL("..", import.meta.url)),
    process.argv[2] ?? "dist/warren-proxy.mjs",
  );
}
