import { Failure } from "../core/failure.ts";
import type { BranchRules, RealmHeads } from "../core/ports/realm.ts";
import type { Realm } from "../core/realm/realm.ts";

/** What must hold so that a writer in the repository can neither write the registry nor change what Actions run. */
const WANTED = {
  registry: ["creation", "update", "deletion", "non_fast_forward"],
  defaultBranch: ["pull_request", "non_fast_forward"],
} as const;

/**
 * What is missing of the rulesets on `registry` and the default branch, one sentence a branch; two requests. GitHub
 * doesn't show here who may bypass a rule: that only the app may bypass those of `registry` can't be told.
 */
export async function protectionProblems(
  rules: BranchRules,
  { defaultBranch }: Pick<RealmHeads, "defaultBranch">,
): Promise<readonly string[]> {
  const branches = [
    ["registry", WANTED.registry],
    [defaultBranch, WANTED.defaultBranch],
  ] as const;
  const found = await Promise.all(
    branches.map(async ([branch, wanted]) => {
      const held = await rules.of(branch);
      const missing = wanted.filter((type) => !held.has(type));
      return missing.length === 0
        ? undefined
        : `branch ${JSON.stringify(branch)} is not protected by a ruleset with ${missing.join(", ")}`;
    }),
  );
  return found.filter((problem) => problem !== undefined);
}

/** Throws where anybody who may push could reach the proxies, unless realm.yaml says that its admins accept it. */
export async function demandProtection(rules: BranchRules, heads: RealmHeads, realm: Realm): Promise<void> {
  if (realm.unprotected) return;
  const problems = await protectionProblems(rules, heads);
  if (problems.length === 0) return;
  throw new Failure("refused", problems.join("; "), {
    hint: "add the rulesets, or say `unprotected: accepted` in realm.yaml",
  });
}
