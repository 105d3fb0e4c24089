import type { Command } from "commander";

interface Options {
  readonly as?: string;
  readonly remote?: readonly string[];
  readonly background?: boolean;
  readonly once?: boolean;
  readonly save?: string;
  readonly name?: string;
  readonly list?: boolean;
  readonly stop?: string;
  readonly json?: boolean;
}

/** `warren forward`: ports of a device, and of hosts behind it, here. */
export default function forwardCommand(program: Command): void {
  program
    .command("forward")
    .summary("bring a device's port here")
    .description(
      "Bring ports here while it runs: 8080:printer:80 makes port 8080 of 127.0.0.1 lead to port 80 of printer, as " +
        "the device sees it; 8080:80 to the device itself. The device is kept awake, and what breaks comes back. " +
        "Without ports, NAME is one that was saved.",
    )
    .argument("[[user@]name]", "the device, or the name of a saved forward")
    .argument("[ports...]", "[ADDRESS:]PORT:HOST:PORT, PORT:PORT or PORT")
    .option("--as <id>", "the controller to be, where this account is several")
    .option(
      "--remote <port>",
      "the other way: a port on the device that leads to a host as seen from here",
      collect,
    )
    .option("--background", "go on without this terminal, once it works")
    .option("--once", "serve one connection, then end")
    .option("--save <name>", "save it: warren forward NAME starts it again")
    .option("--name <name>", "what --list and --stop call it; otherwise its first port")
    .option("--list", "list those that run, and those that are saved")
    .option("--stop <name>", "end one that runs")
    .option("--json", "with --list: print one JSON document")
    .action(async (target: string | undefined, ports: readonly string[], options: Options) => {
      const { list, stop, json, ...rest } = options;
      if (list === true || stop !== undefined) {
        const { listForwards, stopForward } = await import("./forward-list.ts");
        if (stop !== undefined) await stopForward(stop);
        else await listForwards(json ?? false);
        return;
      }
      const { forwardFrom } = await import("./forward-run.ts");
      await forwardFrom({ target, local: ports, remote: rest.remote ?? [], socks: [] }, rest);
    });
}

/** An option that may be given several times. */
const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];
