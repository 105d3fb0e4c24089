import type { Command } from "commander";

interface Options {
  readonly realm?: string;
  readonly registry?: string;
  readonly repository?: string;
  readonly json?: boolean;
}

/** `warren verify`: what the registry holds that the rules would no longer grant. */
export default function verifyCommand(program: Command): void {
  program
    .command("verify")
    .summary("list what realm.yaml would no longer grant")
    .description(
      "Replay the evidence of every record against realm.yaml as it was when it decided, and as it is now. Reads the " +
        "repository, with the token in GITHUB_TOKEN or GH_TOKEN; or files, and then only against the given realm.yaml. " +
        "Exits 1 if there is anything to list.",
    )
    .option("--realm <file>", "the rules as a file; with --registry")
    .option("--registry <dir>", "a checkout of the branch `registry`")
    .option("--repository <owner/name>", "the realm's repository (default: that of realm.yaml here)")
    .option("--json", "print one JSON document")
    .action(async ({ json, ...options }: Options) => {
      const { verifyFromHere, verifyLines } = await import("./verify-run.ts");
      const verified = await verifyFromHere(options);
      console.log(json === true ? JSON.stringify(verified, null, 2) : verifyLines(verified).join("\n"));
      if (verified.findings.length + verified.oddities.length > 0) process.exitCode = 1;
    });
}
