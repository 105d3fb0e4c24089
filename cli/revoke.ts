import type { Command } from "commander";

interface Options {
  readonly repository?: string;
  readonly person?: string;
}

/** `warren revoke`: take a computer's access away, for good. */
export default function revokeCommand(program: Command): void {
  program
    .command("revoke")
    .summary("take a computer's access away")
    .description(
      "Open the issue <id>.revoke, with the token in GITHUB_TOKEN or GH_TOKEN, as an admin or as the account that " +
        "enrolled the computer. Its keys are refused for ever.",
    )
    .argument("[id]", "<computer>.<system>.<realm>")
    .argument("[reason...]", "why; everybody who sees the issue can read it")
    .option("--person <login>", "all controllers that somebody enrolled (not built yet)")
    .option(
      "--repository <owner/name>",
      "the realm's repository (default: that of the profile or realm.yaml here)",
    )
    .action(async (id: string | undefined, reason: readonly string[], { repository, person }: Options) => {
      const { revokeComputer } = await import("./answer-run.ts");
      console.log(await revokeComputer(id, reason.join(" "), { repository, person }));
    });
}
