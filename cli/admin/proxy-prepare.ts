import type { Command } from "commander";
import type { PrepareOptions } from "./proxy-prepare-run.ts";

/** `warren proxy prepare`: sets up the host that it runs on. */
export function prepareCommand(proxy: Command): void {
  proxy
    .command("prepare")
    .summary("set this host up as a proxy")
    .description(
      "Set this Debian or Ubuntu host up as a proxy of the realm, as root: accounts, sshd, PAM, sudo, a timer. Run again, it changes nothing.",
    )
    .option("--realm <file>", "the realm's rules", "realm.yaml")
    .option("--proxy <name>", "which of realm.yaml's proxies this is; may be left out where there is one")
    .option("--sync-key <file>", "public half of the key that a sync comes with; may hold several lines")
    .option("--services", "name the devices' ports in /etc/services, from the generation in force")
    .option("--no-services", "take those names out again")
    .option(
      "--one-time-passwords [module]",
      "ask people for one after their key, by a PAM module (default: pam_oath)",
    )
    .option("--no-one-time-passwords", "ask for none")
    .option("--remove", "undo it all, and nothing else")
    .option("--dry-run", "print every file and command, and change nothing")
    .option("--json", "print one JSON document")
    .action(async (options: PrepareOptions) => {
      const { prepareHere } = await import("./proxy-prepare-run.ts");
      process.exitCode = await prepareHere(options);
    });
}
