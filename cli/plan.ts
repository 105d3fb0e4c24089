import type { Command } from "commander";
import { warn } from "./outcome.ts";

interface Options {
  readonly realm: string;
  readonly registry: string;
  readonly before?: string;
  readonly json?: boolean;
}

/** `warren plan`: what a change of realm.yaml would change on the proxies. */
export default function planCommand(program: Command): void {
  program
    .command("plan")
    .summary("say who would gain or lose what by a change of realm.yaml")
    .description(
      "Say who would gain or lose what, and on which proxy, by a change of realm.yaml. Reads files only.",
    )
    .option("--realm <file>", "the changed rules", "realm.yaml")
    .option("--before <file>", "the rules before the change (default: the file as Git's HEAD has it)")
    .requiredOption("--registry <dir>", "a checkout of the branch `registry`")
    .option("--json", "print one JSON document")
    .action(async ({ realm, before, registry, json }: Options) => {
      const { planFiles } = await import("./plan-files.ts");
      const { plans, oddities, lines } = await planFiles({ realm, before, registry });
      for (const says of oddities) warn(says);
      console.log(json === true ? JSON.stringify(plans, null, 2) : lines.join("\n"));
    });
}
