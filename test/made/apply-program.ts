import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const BANNER =
  'import { createRequire } from "node:module"; const require = createRequire(import.meta.url), __filename = "";';

/** Bundles `warren proxy apply --root ARGUMENT` alone, so that a test needs no dist/; returns `outfile`. */
export async function buildApply(outfile: string): Promise<string> {
  await build({
    stdin: {
      contents: `import { applyFromStdin } from "./cli/proxy-apply.ts";
process.exitCode = await applyFromStdin(process.argv[2], false);`,
      resolveDir: fileURLToPath(new URL("../..", import.meta.url)),
    },
    bundle: true,
    platform: "node",
    format: "esm",
    banner: { js: BANNER },
    outfile,
  });
  return outfile;
}
