import { Command } from "commander";
import { version } from "../package.json";
import { proxyCommands } from "./admin/proxy.ts";
import { outcomeOf } from "./outcome.ts";

/** dist/warren-proxy.mjs: `warren proxy …` in one file, for a host where nothing but Node is installed. */
const program = new Command("warren-proxy")
  .description("Look after a proxy of a Warren realm, on the proxy itself.")
  .version(version, "--version", "print the version")
  .exitOverride();
proxyCommands(program);

try {
  await program.parseAsync(process.argv.slice(2), { from: "user" });
} catch (error) {
  const { exit, says } = outcomeOf(error, (process.env.WARREN_DEBUG ?? "") !== "");
  process.stderr.write(says);
  process.exitCode = exit;
}
