import type { Command } from "commander";

interface Options {
  readonly as?: string;
  readonly watch?: boolean;
  readonly json?: boolean;
}

/** `warren list`: the devices that this account's controllers may reach. */
export default function listCommand(program: Command): void {
  program
    .command("list")
    .summary("list the devices that can be reached from here")
    .description(
      "List the devices of this controller's system, from the newest directory that the realm signed, and whose tunnel " +
        "is up; where its broker is for that (broker.presence), with who is connected, asleep or offline.",
    )
    .option("--as <id>", "the controller to be, where this account is several")
    .option("--watch", "go on looking, until Ctrl-C; with --json one document a line, at each change")
    .option("--json", "print one JSON document")
    .action(async ({ as, watch = false, json = false }: Options) => {
      if (watch) {
        const { watchDevices } = await import("./list-watch.ts");
        return watchDevices(as, json);
      }
      const [{ listDevices }, { listTable }] = await Promise.all([
        import("./list-run.ts"),
        import("./list-table.ts"),
      ]);
      const devices = await listDevices(as);
      console.log(json ? JSON.stringify(devices, null, 2) : listTable(devices).join("\n"));
    });
}
