import { fileURLToPath } from "node:url";
import { type BuildOptions, build } from "esbuild";

const root = fileURLToPath(new URL("../..", import.meta.url));
const banner =
  'import { createRequire } from "node:module"; const require = createRequire(import.meta.url), __filename = "";';
const alone: BuildOptions = {
  bundle: true,
  platform: "node",
  format: "esm",
  banner: { js: banner },
  absWorkingDir: root,
};

/** One program in one file, as the build makes it, so that a test needs no dist/; returns `outfile`. */
export async function buildAlone(entry: string, outfile: string): Promise<string> {
  await build({ ...alone, entryPoints: [entry], outfile });
  return outfile;
}

/** `warren proxy apply --root ARGUMENT`. */
export async function buildApply(outfile: string): Promise<string> {
  const contents = `import { applyFromStdin } from "./cli/admin/proxy-apply.ts";
process.exitCode = await applyFromStdin(process.argv[2], undefined);`;
  await build({ ...alone, stdin: { contents, resolveDir: root }, outfile });
  return outfile;
}
