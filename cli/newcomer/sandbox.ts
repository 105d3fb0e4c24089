import type { Command } from "commander";

interface Options {
  readonly realm?: string;
  readonly story?: boolean;
  readonly once?: boolean;
  readonly json?: boolean;
}

/** `warren sandbox`: a whole realm on this machine, until Ctrl-C. */
export default function sandboxCommand(program: Command): void {
  program
    .command("sandbox")
    .summary("run a whole realm on this machine")
    .description(
      "Run a whole realm on this machine: forge, certificates, broker, proxy. Ends with Ctrl-C, and leaves nothing.",
    )
    .option("--realm <file>", "the realm to run (default: realm.yaml here, or the example)")
    .option("--story", "act out the main job in it")
    .option("--once", "with --story: end after it")
    .option("--json", "print one line when all is ready")
    .action(async (options: Options) => {
      const { runSandbox } = await import("../../sandbox/main.ts");
      process.exitCode = await runSandbox(options);
    });
}
