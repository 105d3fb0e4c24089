import type { Command } from "commander";

interface Options {
  readonly repository?: string;
}

/** `warren deny`: an admin's no to what an issue asks. */
export default function denyCommand(program: Command): void {
  program
    .command("deny")
    .summary("refuse what an issue asks for, as an admin")
    .description("Comment /deny REASON on an issue, with the token in GITHUB_TOKEN or GH_TOKEN.")
    .argument("<issue>", "the issue's number")
    .argument("<reason...>", "why not; everybody who sees the issue can read it")
    .option(
      "--repository <owner/name>",
      "the realm's repository (default: that of the profile or realm.yaml here)",
    )
    .action(async (issue: string, reason: readonly string[], { repository }: Options) => {
      const { denyIssue } = await import("./answer-run.ts");
      console.log(await denyIssue(issue, reason.join(" "), repository));
    });
}
