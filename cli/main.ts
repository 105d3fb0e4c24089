import * as node from "node:module";
import { begin } from "./controller/begun.ts";

const argv = process.argv.slice(2);
// Before the parser is loaded, which takes as long as a part of a login.
const done = await begin(argv);
if (done === undefined) {
  // From Node 22.1 on: what is imported below need not be compiled again each time.
  if ("enableCompileCache" in node && typeof node.enableCompileCache === "function")
    node.enableCompileCache();
  const { run } = await import("./run.ts");
  await run(argv);
} else {
  process.exitCode = done;
}
