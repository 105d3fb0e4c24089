import type { Command } from "commander";
import type { CertificatesOptions } from "./certificates-run.ts";

/** `warren certificates`: what the certificate service holds, and whose it is. */
export default function certificatesCommand(program: Command): void {
  program
    .command("certificates")
    .summary("list the certificates at AWS IoT, and whose they are")
    .description(
      "List every certificate with its subject, status, creation and expiry, and the record that names it. Reads the " +
        "repository with the token in GITHUB_TOKEN or GH_TOKEN, or files; and AWS IoT with AWS's own credentials.",
    )
    .option(
      "--remove-orphans",
      "remove those that are inactive, over an hour old, of exactly this realm's subjects, and in no record",
    )
    .option("--realm <file>", "the rules as a file; with --registry")
    .option("--registry <dir>", "a checkout of the branch `registry`")
    .option("--repository <owner/name>", "the realm's repository (default: that of realm.yaml here)")
    .option("--json", "print one JSON document")
    .action(async ({ json, ...options }: CertificatesOptions & { readonly json?: boolean }) => {
      const { certificatesFromHere } = await import("./certificates-run.ts");
      const { document, lines } = await certificatesFromHere(options);
      console.log(json === true ? JSON.stringify(document, null, 2) : lines.join("\n"));
    });
}
