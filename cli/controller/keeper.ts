import type { Command } from "commander";

/** `warren keeper ID`: what `connect` and the others start, and share. */
export default function keeperCommand(program: Command): void {
  program
    .command("keeper", { hidden: true })
    .argument("<id>", "the controller")
    .action(async (id: string) => {
      const { keep } = await import("./keeper-run.ts");
      await keep(id);
    });
}
