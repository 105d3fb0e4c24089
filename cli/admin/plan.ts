import type { Command } from "commander";
import { Failure } from "../../core/failure.ts";
import { warn } from "../outcome.ts";

interface Options {
  readonly realm: string;
  readonly registry?: string;
  readonly before?: string;
  readonly repository?: string;
  readonly syncKey?: string;
  readonly json?: boolean;
}

/** `warren plan`: what a change of realm.yaml would change, from files; or what a sync would, by asking the proxies. */
export default function planCommand(program: Command): void {
  program
    .command("plan")
    .summary("say who would gain or lose what")
    .description(
      "With --registry: say who would gain or lose what, and on which proxy, by a change of realm.yaml; reads files " +
        "only. With --repository: ask the proxies what they hold, and say what a sync would change there and what has " +
        "drifted; changes nothing, and exits 1 where something has drifted. GITHUB_TOKEN reads the repository.",
    )
    .option("--realm <file>", "the changed rules", "realm.yaml")
    .option("--before <file>", "the rules before the change (default: the file as Git's HEAD has it)")
    .option("--registry <dir>", "a checkout of the branch `registry`")
    .option("--repository <owner/name>", "the realm's repository")
    .option("--sync-key <file>", "the key that the proxies' sync account lets in")
    .option("--json", "print one JSON document")
    .action(async ({ realm, before, registry, repository, syncKey, json = false }: Options) => {
      if (repository !== undefined && syncKey !== undefined && registry === undefined) {
        const { planFromHere } = await import("./plan-live.ts");
        process.exitCode = await planFromHere({ repository, syncKey, json });
        return;
      }
      if (registry === undefined || repository !== undefined || syncKey !== undefined) {
        throw new Failure("usage", "plan needs --registry, or else --repository with --sync-key", {
          hint: "git worktree add registry registry, then warren plan --registry registry",
        });
      }
      const { planFiles } = await import("./plan-files.ts");
      const { plans, oddities, lines } = await planFiles({ realm, before, registry });
      for (const says of oddities) warn(says);
      console.log(json ? JSON.stringify(plans, null, 2) : lines.join("\n"));
    });
}
