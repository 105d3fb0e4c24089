import type { Command } from "commander";
import type { InitOptions } from "./init-run.ts";

/** `warren init`: the files of a new realm, written into its repository. */
export default function initCommand(program: Command): void {
  program
    .command("init")
    .summary("write a realm's files into its repository")
    .description(
      "Write realm.yaml, the issue forms, the workflows and CODEOWNERS into a checkout, and make the realm's keys " +
        "outside it. Asks for what no flag says. An existing realm.yaml is never touched: then the other files are " +
        "brought up to this version. GITHUB_TOKEN, if set, is used to ask for the admin's account id.",
    )
    .argument("[dir]", "the checkout", ".")
    .option("--realm <name>", "the realm's name, the last part of every computer's id")
    .option("--repository <owner/name>", "the realm's repository (default: the remote `origin`)")
    .option("--admin <login[:id]>", "the first realm admin")
    .option("--system <name>", "the first system")
    .option("--proxy-host <host>", "the proxy's host name or address")
    .option("--proxy-port <port>", "the port of its SSH server (default: 22)")
    .option("--ports <first-last>", "ports on the proxy, one per device (default: 20000-20999)")
    .option("--broker <type>", "none, aws-iot or mqtt (default: none)")
    .option("--broker-endpoint <host>", "of a broker of type aws-iot")
    .option("--broker-region <region>", "of a broker of type aws-iot")
    .option("--broker-url <url>", "of a broker of type mqtt")
    .option("--broker-ca <file>", "PEM of the CA of a broker of type mqtt")
    .option("--actions <owner/name@tag>", "Warren's released actions; left out: no workflow is written")
    .option("--app", "the app will run somewhere: leave out the workflows that do the same")
    .option(
      "--keys <dir>",
      "where the realm's keys are, or are to be made (default: ~/.config/warren/keys/<realm>)",
    )
    .option("--force", "replace the files that differ, realm.yaml excepted")
    .option("--dry-run", "say what would be written, and write nothing")
    .option("--json", "print one JSON document")
    .action(async (dir: string, options: InitOptions) => {
      const { initHere } = await import("./init-run.ts");
      const { document, lines } = await initHere(dir, options);
      console.log(options.json === true ? JSON.stringify(document, null, 2) : lines.join("\n"));
    });
}
