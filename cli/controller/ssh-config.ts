import type { Command } from "commander";

/** `warren ssh-config`: what plain ssh needs to reach the devices. */
export default function sshConfigCommand(program: Command): void {
  program
    .command("ssh-config")
    .summary("print what plain ssh needs to reach the devices")
    .description(
      "Print a file for `ssh -F FILE 333.hula.atlas`, or for an Include at the top of ~/.ssh/config. It holds the " +
        "devices of now, pins their host keys, and wakes a device before ssh connects to it.",
    )
    .option("--as <id>", "the controller to be, where this account is several")
    .option("--compress", "compress what goes to and from the devices: for slow links")
    .action(async ({ as, compress }: { readonly as?: string; readonly compress?: boolean }) => {
      const { printSshConfig } = await import("./ssh-config-run.ts");
      process.stdout.write(await printSshConfig(as, compress ?? false));
    });
}
