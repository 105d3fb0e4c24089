import type { Command } from "commander";

interface Options {
  readonly repository?: string;
}

/** `warren approve`: an admin's yes to what an issue asks. */
export default function approveCommand(program: Command): void {
  program
    .command("approve")
    .summary("let in what an issue asks for, as an admin")
    .description(
      "Comment /approve DIGEST on an issue, with the token in GITHUB_TOKEN or GH_TOKEN. DIGEST is the one that the " +
        "bot showed: it says which text was read. Without it, the issue is shown and nothing is approved.",
    )
    .argument("<issue>", "the issue's number")
    .argument("[digest]", "the twelve digits that the bot showed")
    .option(
      "--repository <owner/name>",
      "the realm's repository (default: that of the profile or realm.yaml here)",
    )
    .action(async (issue: string, digest: string | undefined, { repository }: Options) => {
      const { approveIssue } = await import("./answer-run.ts");
      console.log(await approveIssue(issue, digest, repository));
    });
}
