import type { Command } from "commander";
import { begunFor } from "./begun.ts";

interface Options {
  readonly as?: string;
  readonly wake?: boolean;
}

/** `warren connect`: a shell or a command on a device. */
export default function connectCommand(program: Command): void {
  program
    .command("connect")
    .summary("open a shell on a device, or run a command there")
    .description(
      "Wake a device, and run ssh on it: a shell, or CMD. NAME may be short: 333, 333.hula or 333.hula.atlas. " +
        "The exit status is ssh's own.",
    )
    .argument("<[user@]name>", "the device, and the account there")
    .argument("[cmd...]", "what to run there, as with ssh")
    .option("--as <id>", "the controller to be, where this account is several")
    .option("--wake", "only wake the device; what connects within a minute finds it awake")
    .passThroughOptions()
    .action(async (target: string, command: readonly string[], { as, wake }: Options) => {
      const connect = { target, command, as, wake: wake ?? false };
      const ahead = begunFor(connect);
      const { connectTo } = await import("./connect-run.ts");
      process.exitCode = await connectTo(connect, ahead);
    });
}
