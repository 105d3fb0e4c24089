import type { Command } from "commander";

interface Options {
  readonly as?: string;
  readonly json?: boolean;
}

/** `warren list`: the devices that this account's controllers may reach. */
export default function listCommand(program: Command): void {
  program
    .command("list")
    .summary("list the devices that can be reached from here")
    .description(
      "List the devices of this controller's system, from the newest directory that the realm signed; where its broker " +
        "is for that (broker.presence), with who is connected, asleep or offline.",
    )
    .option("--as <id>", "the controller to be, where this account is several")
    .option("--json", "print one JSON document")
    .action(async ({ as, json }: Options) => {
      const { listDevices } = await import("./list-run.ts");
      const { document, lines } = await listDevices(as);
      console.log(json === true ? JSON.stringify(document, null, 2) : lines.join("\n"));
    });
}
