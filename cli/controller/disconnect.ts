import type { Command } from "commander";

/** `warren disconnect`: let a device sleep that shared connections, or a program of the older kind, keep awake. */
export default function disconnectCommand(program: Command): void {
  program
    .command("disconnect")
    .summary("let a device sleep that was left awake")
    .description(
      "Tell a device that the plain connect, which programs of the older kind send, is over. The leases of other " +
        "sessions stay, and connections that live in its tunnel keep it up.",
    )
    .argument("<name>", "the device")
    .option("--as <id>", "the controller to be, where this account is several")
    .action(async (name: string, { as }: { readonly as?: string }) => {
      const { disconnectFrom } = await import("./disconnect-run.ts");
      await disconnectFrom(name, as);
    });
}
