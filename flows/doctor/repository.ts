import { counted } from "../../core/counted.ts";
import { Failure } from "../../core/failure.ts";
import type { RepositoryLook } from "../../core/inspection.ts";
import type { BranchRules, Heads } from "../../core/ports/realm.ts";
import type { RegistryStore } from "../../core/ports/registry.ts";
import type { Realm } from "../../core/realm/realm.ts";
import { protectionProblems } from "../protection.ts";
import { type Check, ok, problem } from "./check.ts";

/** Rulesets, without which a writer could write the registry. */
export const rulesetsCheck = (
  rules: BranchRules,
  look: RepositoryLook,
  { unprotected, repository }: Realm,
): Check => ({
  name: "rulesets",
  run: async () => {
    const problems = await protectionProblems(rules, await look.about());
    if (problems.length === 0) return [ok("registry and the default branch are protected")];
    const fix = `add them at https://github.com/${repository.fullName}/settings/rules; see docs/setup.md`;
    return unprotected
      ? problems.map((says) => ok(`${says}; realm.yaml says that this is accepted`))
      : problems.map((says) => problem(says, fix));
  },
});

/** The branch `registry`, read whole as a sync would. */
export const registryCheck = (heads: Heads, registry: Pick<RegistryStore, "snapshot">): Check => ({
  name: "registry",
  run: async () => {
    if ((await heads.read()).registry === undefined) {
      return [
        problem(
          "there is no branch `registry`",
          "start the app or process-submissions, which make it; see docs/app.md and docs/actions.md",
        ),
      ];
    }
    try {
      const { head, registry: held } = await registry.snapshot();
      const computers = [...held.all()].length;
      return [ok(`${counted(computers, "record")}, sequence ${held.sequence}, at ${head.slice(0, 12)}`)];
    } catch (error) {
      // The forge answered a moment ago: what fails now is what it holds, and no sync gets past it.
      if (error instanceof Failure) return [problem(error.message, error.hint)];
      throw error;
    }
  },
});
