import { transformSync } from "esbuild";

/** Jest transformer: TypeScript to ESM by esbuild. Types are checked beside it, by `npm run types`. */
export default {
  process(source, file) {
    const { code, map } = transformSync(source, {
      loader: "ts",
      format: "esm",
      target: "node20.18",
      sourcemap: "external",
      sourcefile: file,
    });
    return { code, map: JSON.parse(map) };
  },
};
