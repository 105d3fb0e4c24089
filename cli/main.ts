import * as node from "node:module";
import { version } from "../package.json";
import { outcomeOf } from "./outcome.ts";
import { programFor } from "./program.ts";

const argv = process.argv.slice(2);
// From Node 22.1 on: what is imported below need not be compiled again each time.
if ("enableCompileCache" in node && typeof node.enableCompileCache === "function") node.enableCompileCache();
// A reader that has seen enough (`warren list | head`) is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  // The terminal is gone: its SIGHUP ends us, with all that is to be cleaned up.
  if (error.code !== "EIO") throw error;
});
process.stderr.on("error", () => {});

try {
  const program = await programFor(argv, version);
  await program.parseAsync(argv, { from: "user" });
} catch (error) {
  const { exit, says } = outcomeOf(error, (process.env.WARREN_DEBUG ?? "") !== "");
  process.stderr.write(says);
  process.exitCode = exit;
}
