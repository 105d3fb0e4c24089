import { version } from "../package.json";
import { outcomeOf } from "./outcome.ts";
import { programFor } from "./program.ts";

/** Does what the words say; the exit status is this process's. */
export async function run(argv: readonly string[]): Promise<void> {
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
}
