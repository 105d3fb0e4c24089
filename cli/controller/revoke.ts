import type { Command } from "commander";

interface Options {
  readonly repository?: string;
  readonly person?: string;
  readonly wait: boolean;
  readonly json?: boolean;
}

/** `warren revoke`: take access away, for good. */
export default function revokeCommand(program: Command): void {
  program
    .command("revoke")
    .summary("take the access of a computer, a system or a person away")
    .description(
      "Open the issue <id>.revoke, with the token in GITHUB_TOKEN or GH_TOKEN, as an admin or as the account that " +
        "enrolled the computer; for a system or a person, one issue for each computer in the registry. Waits for the " +
        "bot. The keys are refused for ever.",
    )
    .argument("[target]", "<computer>.<system>.<realm>, or a system; left out with --person")
    .argument("[reason...]", "why; everybody who sees the issue can read it")
    .option("--person <login>", "every computer that somebody enrolled")
    .option("--no-wait", "don't wait for the bot")
    .option("--json", "print one JSON document")
    .option(
      "--repository <owner/name>",
      "the realm's repository (default: that of the profile or realm.yaml here)",
    )
    .action(async (first: string | undefined, rest: readonly string[], options: Options) => {
      const { person, wait, json, repository } = options;
      const words = person === undefined || first === undefined ? rest : [first, ...rest];
      const { revokeComputers } = await import("./answer-run.ts");
      const target = person === undefined ? first : undefined;
      const revoked = await revokeComputers({ target, person, reason: words.join(" "), wait }, repository);
      const lines = revoked.map(({ computer, state, url }) => `${computer} ${state} ${url}`);
      console.log(json === true ? JSON.stringify(revoked, null, 2) : lines.join("\n"));
      if (revoked.some(({ state }) => state === "refused")) process.exitCode = 1;
      else if (wait && revoked.some(({ state }) => state === "open")) process.exitCode = 3;
    });
}
