import type { Command } from "commander";

interface Options {
  readonly as?: string;
  readonly background?: boolean;
  readonly save?: string;
  readonly name?: string;
}

/** `warren socks`: the network as a device sees it. */
export default function socksCommand(program: Command): void {
  program
    .command("socks")
    .summary("open a SOCKS proxy through a device")
    .description(
      "Open a SOCKS proxy on 127.0.0.1 whose connections the device makes. Names are looked up there if the program " +
        "leaves that to the proxy: curl with socks5h://, Firefox with 'Proxy DNS when using SOCKS v5'. The device is " +
        "kept awake, and what breaks comes back. warren forward --list shows it, warren forward --stop PORT ends it.",
    )
    .argument("<[user@]name>", "the device")
    .argument("[port]", "[ADDRESS:]PORT of this computer", "1080")
    .option("--as <id>", "the controller to be, where this account is several")
    .option("--background", "go on without this terminal, once it works")
    .option("--save <name>", "save it: warren forward NAME starts it again")
    .option("--name <name>", "what --list and --stop call it; otherwise its port")
    .action(async (target: string, port: string, options: Options) => {
      const { forwardFrom } = await import("./forward-run.ts");
      await forwardFrom({ target, local: [], remote: [], socks: [port] }, options);
    });
}
