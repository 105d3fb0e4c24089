import type { Command } from "commander";

interface Options {
  readonly repository?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `warren reconcile`: what the app's sweep does, once and from here. */
export default function reconcileCommand(program: Command): void {
  program
    .command("reconcile")
    .summary("go over issues, registry and certificates, and mend what is half done")
    .description(
      "Go over all issues, the registry and the certificate service, as the app does by itself, and mend what is half " +
        "done. The token in GITHUB_TOKEN or GH_TOKEN must be one that may write issues and the branch `registry`.",
    )
    .option("--dry-run", "say what would be mended in registry and certificates, and change nothing")
    .option("--repository <owner/name>", "the realm's repository (default: that of realm.yaml here)")
    .option("--json", "print one JSON document")
    .action(async ({ json, repository, dryRun }: Options) => {
      const { reconcileFromHere } = await import("./reconcile-run.ts");
      const { document, lines, exit } = await reconcileFromHere({ repository, dryRun: dryRun === true });
      console.log(json === true ? JSON.stringify(document, null, 2) : lines.join("\n"));
      process.exitCode = exit;
    });
}
