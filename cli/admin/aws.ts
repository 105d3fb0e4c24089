import { type Command, Option } from "commander";
import { TEMPLATES } from "../../core/aws/templates.ts";
import type { BootstrapOptions } from "./aws-bootstrap.ts";

/** `warren aws …` */
export default function awsCommand(program: Command): void {
  const aws = program.command("aws").summary("set AWS up for a realm");
  aws
    .command("bootstrap")
    .summary("make what a realm needs on AWS: its policies, and the role of its workflow")
    .description(
      "Compare an AWS account with what realm.yaml needs: the policies of devices and of controllers, GitHub's identity " +
        "provider and the role of the workflow that signs, the endpoint. Prints what it would do; with --apply does it. " +
        "Run again, it changes nothing. Exits 1 if something is left to do.",
    )
    .option("--realm <file>", "the realm's rules (default: realm.yaml here)")
    .option("--apply", "do what the plan says")
    .addOption(
      new Option("--format <template>", "print a template instead; asks AWS nothing").choices([...TEMPLATES]),
    )
    .option("--role <name>", "what the role is called (default: warren-<realm>)")
    .option("--no-role", "the policies alone: credentials come from elsewhere")
    .option("--repository-ids <owner:repository>", "their ids on GitHub (default: asked of GitHub)")
    .option("--account <digits>", "the account on AWS (default: that of the credentials)")
    .option("--json", "print one JSON document")
    .action(async (options: BootstrapOptions) => {
      const { bootstrapFromHere } = await import("./aws-bootstrap.ts");
      const { text, exit } = await bootstrapFromHere(options);
      process.stdout.write(text);
      process.exitCode = exit;
    });
}
