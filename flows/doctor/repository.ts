import { counted } from "../../core/counted.ts";
import { Failure } from "../../core/failure.ts";
import { actionUse } from "../../core/init/action-use.ts";
import { ENROLL_FORM, hasOurLabels } from "../../core/init/enroll-form.ts";
import { CODEOWNERS, OWNED } from "../../core/init/files.ts";
import { PROCESS } from "../../core/init/process-workflow.ts";
import { REVOKE_FORM } from "../../core/init/revoke-form.ts";
import { SYNC } from "../../core/init/sync-workflow.ts";
import { type RealmWorkflow, WORKFLOWS } from "../../core/init/workflows.ts";
import type { RepositoryLook } from "../../core/inspection.ts";
import type { BranchRules, Heads } from "../../core/ports/realm.ts";
import type { RegistryStore } from "../../core/ports/registry.ts";
import type { Realm } from "../../core/realm/realm.ts";
import { protectionProblems } from "../protection.ts";
import { type Check, type Finding, looking, ok, problem, unknown } from "./check.ts";

/** What issues are made of, and who is asked about changes: files of the default branch. */
export const filesCheck = (look: RepositoryLook, version: string, realm: Realm | undefined): Check => ({
  name: "files",
  run: async () => {
    const [form, revoking, owners, workflows] = await Promise.all([
      look.file(ENROLL_FORM),
      look.file(REVOKE_FORM),
      look.file(CODEOWNERS),
      Promise.all(WORKFLOWS.map(async (workflow) => ({ workflow, text: await look.file(workflow.path) }))),
    ]);
    return [
      formFinding(form),
      revoking === undefined
        ? problem(`${REVOKE_FORM} is missing`, "warren init, then commit")
        : ok(`${REVOKE_FORM} is there`),
      ...workflows.map(({ workflow, text }) => workflowFinding(workflow, text, version)),
      ...(realm === undefined ? [] : [ownersFinding(owners, realm)]),
    ];
  },
});

const WRITE = "warren init --force --actions owner/name@tag, then commit";

function formFinding(form: string | undefined): Finding {
  if (form === undefined) return problem(`${ENROLL_FORM} is missing`, "warren init, then commit");
  return hasOurLabels(form)
    ? ok(`${ENROLL_FORM} has the fields of this version`)
    : problem(`${ENROLL_FORM} has other fields than this version reads`, "warren init --force, then commit");
}

function workflowFinding(
  { path, action, insteadOfApp }: RealmWorkflow,
  text: string | undefined,
  version: string,
): Finding {
  if (text === undefined) {
    return insteadOfApp
      ? ok(`${path} is not there: the app does that`)
      : problem(`${path} is missing: nothing brings accepted computers to the proxies`, WRITE);
  }
  const use = actionUse(text, action);
  switch (use.kind) {
    case "none":
      return problem(`${path} uses no action ${action}`, WRITE);
    case "own":
      return ok(`${path} uses the repository's own action`);
    case "loose":
      return problem(
        `${path} is not pinned: "${use.at}" can be moved, and it runs with the realm's rights`,
        WRITE,
      );
    case "pinned":
      if (use.tag === undefined) return ok(`${path} is pinned to a commit`);
      return use.tag === `v${version}`
        ? ok(`${path} is pinned to ${use.tag}`)
        : problem(`${path} is pinned to ${use.tag}, and this is v${version}`, WRITE);
  }
}

function ownersFinding(owners: string | undefined, { admins }: Realm): Finding {
  if (owners === undefined) return problem(`${CODEOWNERS} is missing`, "warren init, then commit");
  const owned = new Set(
    owners
      .split("\n")
      .map((line) => line.trim().split(/\s+/))
      .filter(([pattern = "", owner]) => !pattern.startsWith("#") && owner !== undefined)
      .map(([pattern = ""]) => bare(pattern)),
  );
  const missing = owned.has("*") ? [] : OWNED.filter((path) => !owned.has(bare(path)));
  const by = admins.map(({ login }) => `@${login}`).join(" ");
  return missing.length === 0
    ? ok(`${CODEOWNERS} names owners of realm.yaml and .github`)
    : problem(
        `${CODEOWNERS} names no owner of ${missing.join(" and ")}`,
        `add to it: ${missing.map((path) => `${path} ${by}`).join("; ")}`,
      );
}

/** `/.github/`, `.github` and `/.github/**` own the same. */
const bare = (pattern: string): string => pattern.replace(/^\//, "").replace(/\/(\*\*)?$/, "");

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

/** What the workflow that syncs needs: an environment, two secrets in it, a variable; and the one that answers, if it may run. */
export const settingsCheck = (look: RepositoryLook, { repository: { fullName } }: Realm): Check => ({
  name: "settings",
  run: async () => {
    const { environment, variable } = SYNC;
    const inside = await environmentFindings(look, environment, fullName);
    const isThere = inside.every(({ outcome }) => outcome === "ok");
    const [secrets, variables] = await Promise.all([
      isThere
        ? looking(
            () => look.secrets(environment),
            (held) => secretFindings(held, fullName),
          )
        : [],
      looking(
        () => look.variables(),
        (held) => [
          held.get(variable) === "true"
            ? ok(`variable ${variable} is true`)
            : problem(
                `variable ${variable} is not true: the workflow does nothing`,
                `gh variable set ${variable} --repo ${fullName} --body true`,
              ),
        ],
      ),
    ]);
    // GitHub makes an environment that a workflow names and nobody made: open to every branch.
    const answers = await looking(
      async () =>
        (await look.variables()).get(PROCESS.variable) === "true"
          ? environmentFindings(look, PROCESS.environment, fullName)
          : [],
      (found) => found,
    );
    // A key that every workflow of the repository can read is a writer's for the asking.
    const loose = await looking(
      () => look.secrets(),
      (held) => looseFindings(held, fullName),
    );
    // What the token can't see was said above.
    const more = [...answers, ...loose].filter(({ outcome }) => outcome !== "unknown");
    return [...inside, ...secrets, ...variables, ...more];
  },
});

const environmentFindings = (look: RepositoryLook, name: string, repository: string) =>
  looking(
    () => look.environment(name),
    (there) => [
      there
        ? ok(`environment ${name} is there`)
        : problem(
            `environment ${name} is missing`,
            `gh api --method PUT repos/${repository}/environments/${name}, and bind it to the default branch`,
          ),
    ],
  );

const secretFindings = (held: ReadonlySet<string>, repository: string): readonly Finding[] =>
  SYNC.secrets.map((name) =>
    held.has(name)
      ? ok(`secret ${name} is there`)
      : problem(
          `secret ${name} is missing in environment ${SYNC.environment}`,
          `gh secret set ${name} --repo ${repository} --env ${SYNC.environment} < KEYFILE`,
        ),
  );

const looseFindings = (held: ReadonlySet<string>, repository: string): readonly Finding[] =>
  [
    ...SYNC.secrets.map((name) => [name, SYNC.environment] as const),
    [PROCESS.privateKey, PROCESS.environment] as const,
  ]
    .filter(([name]) => held.has(name))
    .map(([name, environment]) =>
      problem(
        `secret ${name} is one of the repository: any workflow on any branch can read it`,
        `gh secret delete ${name} --repo ${repository}, once environment ${environment} has it`,
      ),
    );

/** How workflows' tokens name the repository: what a role on AWS must be tied to, to the letter. */
export const oidcCheck = (look: RepositoryLook, { repository: { fullName }, broker }: Realm): Check => ({
  name: "oidc",
  run: async () => {
    if (broker?.type !== "aws-iot") return [ok("no AWS, no OIDC")];
    return looking(
      () => look.oidcSubject(),
      ({ prefix, claims }) => {
        const bound = `${prefix}:environment:NAME`;
        if (claims === undefined) return [ok(`roles on AWS must trust the subject ${bound} alone`)];
        const hasOwn = claims.some((claim) => claim === "repo" || claim === "repository_id");
        const reset = `gh api --method PUT repos/${fullName}/actions/oidc/customization/sub -F use_default=true`;
        return [
          hasOwn
            ? unknown(`subjects are made of ${claims.join(", ")}: compare the roles on AWS with that`, reset)
            : problem(
                `subjects hold ${claims.join(", ")}, and not the repository: others could pose as it`,
                reset,
              ),
        ];
      },
    );
  },
});
