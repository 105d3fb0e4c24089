import type { Command } from "commander";

interface Options {
  readonly realm?: string;
  readonly registry?: string;
  readonly repository?: string;
  readonly json?: boolean;
}

/** `warren explain`: why a computer has access, or has none. */
export default function explainCommand(program: Command): void {
  program
    .command("explain")
    .summary("say why a computer has access, or has none")
    .description(
      "Say what let each key of a computer in, what the rules say now, and what was revoked or denied. With --registry " +
        "it reads files only; without, the realm's repository, with the token in GITHUB_TOKEN or GH_TOKEN.",
    )
    .argument("<id>", "the computer, as in 333.hula.atlas")
    .option("--realm <file>", "the realm's rules (default: realm.yaml here or in the repository)")
    .option("--registry <dir>", "a checkout of the branch `registry`")
    .option("--repository <owner/name>", "the realm's repository (default: the one realm.yaml here names)")
    .option("--json", "print one JSON document")
    .action(async (id: string, { realm, registry, repository, json }: Options) => {
      const { explain } = await import("./explain-run.ts");
      const { explanation, lines } = await explain(id, { realm, registry, repository });
      console.log(json === true ? JSON.stringify(explanation, null, 2) : lines.join("\n"));
      process.exitCode = explanation.access ? 0 : 1;
    });
}
