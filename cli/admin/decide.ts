import type { Command } from "commander";

interface Options {
  readonly realm: string;
  readonly registry?: string;
  readonly issue: string;
  readonly json?: boolean;
}

/** `warren decide`: what the bot would say of one issue, offline, from files. */
export default function decideCommand(program: Command): void {
  program
    .command("decide")
    .summary("decide one issue offline, from files")
    .description("Say what the bot would decide of one issue, and why. Reads files only.")
    .option("--realm <file>", "the realm's rules", "realm.yaml")
    .option("--registry <dir>", "a checkout of the branch `registry`; left out: nothing is enrolled yet")
    .requiredOption("--issue <file>", "the issue as GitHub's REST API gives it, or { issue, history, teams }")
    .option("--json", "print one JSON document")
    .action(async ({ realm, registry, issue, json }: Options) => {
      const { decideFiles } = await import("./decide-files.ts");
      const { decision, lines } = await decideFiles({ realm, registry, issue });
      console.log(json === true ? JSON.stringify(decision, null, 2) : lines.join("\n"));
      process.exitCode = decision.kind === "grant" ? 0 : 1;
    });
}
