import type { Command } from "commander";

interface Options {
  readonly repository: string;
  readonly syncKey: string;
  readonly signingKey: string;
  readonly signAnew?: boolean;
  readonly json?: boolean;
}

/** `warren sync`: what the action sync-proxy does, from a realm admin's own computer. */
export default function syncCommand(program: Command): void {
  program
    .command("sync")
    .summary("bring every proxy to what Git says")
    .description(
      "Bring every proxy to what realm.yaml and the branch `registry` say on GitHub. GITHUB_TOKEN reads them.",
    )
    .requiredOption("--repository <owner/name>", "the realm's repository")
    .requiredOption("--sync-key <file>", "the key that the proxies' sync account lets in")
    .requiredOption("--signing-key <file>", "the key that signs directories")
    .option("--sign-anew", "sign every directory again, after a change of the signing key")
    .option("--json", "print one JSON document")
    .action(async (options: Options) => {
      const { syncFromHere } = await import("./sync-from-here.ts");
      process.exitCode = await syncFromHere(options);
    });
}
