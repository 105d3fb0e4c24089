import type { Command } from "commander";
import type { DoctorOptions } from "./doctor-run.ts";

/** `warren doctor`: everything about a realm, or about this computer, that can be seen from here. */
export default function doctorCommand(program: Command): void {
  program
    .command("doctor")
    .summary("check a realm, or this computer, and say how to mend what is wrong")
    .description(
      "Check the realm of the repository (default: that of realm.yaml here), and the computers that are enrolled here. " +
        "Changes nothing. Sees as much as its token in GITHUB_TOKEN does: an admin's shows the most; APP_ID and " +
        "PRIVATE_KEY_PATH let it look at the App too. Exits 1 if there is a problem, 3 if GitHub does not answer.",
    )
    .option("--repository <owner/name>", "the realm's repository")
    .option("--realm <file>", "realm.yaml as a file, in place of the repository's")
    .option("--sync-key <file>", "the key that the proxies' sync account lets in: compares what they hold")
    .option("--json", "print one JSON document")
    .action(async (options: DoctorOptions) => {
      const { doctorHere } = await import("./doctor-run.ts");
      process.exitCode = await doctorHere(options);
    });
}
