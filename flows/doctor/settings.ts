import { makeEnvironment } from "../../core/init/environment.ts";
import { PROCESS } from "../../core/init/process-workflow.ts";
import { SYNC } from "../../core/init/sync-workflow.ts";
import type { RepositoryLook } from "../../core/inspection.ts";
import type { Realm } from "../../core/realm/realm.ts";
import { type Check, type Finding, looking, ok, problem, unknown } from "./check.ts";

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
    () => Promise.all([look.environment(name), look.about()]),
    ([found, { defaultBranch }]) => {
      if (found === "bound") return [ok(`environment ${name} is there, for chosen branches`)];
      const says = {
        missing: `environment ${name} is missing`,
        open: `environment ${name} is open to every branch: whoever may push can read its secrets`,
      };
      return [problem(says[found], makeEnvironment(repository, name, defaultBranch))];
    },
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
