import type { Command } from "commander";

interface Options {
  readonly dryRun?: boolean;
  readonly json?: boolean;
  /** Undefined: as it is. */
  readonly requirePassword?: boolean;
}

/** `warren authorize`: this device's accounts let in the controllers that the signed directory names. */
export default function authorizeCommand(program: Command): void {
  program
    .command("authorize")
    .summary("let the system's controllers log in to this device")
    .description(
      "Bring a marked block of each account's authorized_keys in step with the signed directory, and touch nothing " +
        "else. The agent does the same hourly and on each wake. Root can for all accounts, others for their own.",
    )
    .argument("[id]", "the device (default: all that this account has enrolled)")
    .option("--require-password", "have this device's sshd ask for a password beside the key")
    .option("--no-require-password", "no longer")
    .option("--dry-run", "say what would change, and change nothing")
    .option("--json", "print one JSON document")
    .action(async (id: string | undefined, { dryRun, json, requirePassword }: Options) => {
      const { authorizeHere } = await import("./authorize-run.ts");
      const { document, lines, exit } = await authorizeHere(id, { dryRun: dryRun ?? false, requirePassword });
      console.log(json === true ? JSON.stringify(document, null, 2) : lines.join("\n"));
      process.exitCode = exit;
    });
}
