import { printRealmSchema } from "../realm/schema.ts";
import type { Actions, Answers, RealmKeys } from "./answers.ts";
import { ENROLL_FORM, enrollForm } from "./enroll-form.ts";
import { realmYaml } from "./realm-yaml.ts";
import { REVOKE_FORM, revokeForm } from "./revoke-form.ts";
import { WORKFLOWS } from "./workflows.ts";

export const REALM_FILE = "realm.yaml";
export const CODEOWNERS = ".github/CODEOWNERS";
/** Where realm.yaml tells editors to look. */
export const SCHEMA_FILE = ".github/realm.schema.json";

/** realm.yaml as `init` writes it where there is none. */
export const realmFile = (answers: Answers, keys: RealmKeys): readonly [string, string] => [
  REALM_FILE,
  realmYaml(answers, keys),
];

/** What the workflows of a realm are to be. */
export interface Automation {
  /** Left out: there is no released action to name, and no workflow to write. */
  readonly actions: Actions | undefined;
  /** The app runs somewhere, and answers issues and pull requests. */
  readonly app: boolean;
}

/** All other files of a realm's repository. */
export const repositoryFiles = (
  admins: readonly string[],
  { actions, app }: Automation,
): ReadonlyMap<string, string> =>
  new Map([
    [SCHEMA_FILE, printRealmSchema()],
    [ENROLL_FORM, enrollForm],
    [REVOKE_FORM, revokeForm],
    ...(actions === undefined
      ? []
      : WORKFLOWS.filter(({ insteadOfApp }) => !(app && insteadOfApp)).map(
          ({ path, text }) => [path, text(actions)] as const,
        )),
    [CODEOWNERS, codeowners(admins)],
  ]);

/** Paths whose change decides who gets in, or what runs with the realm's keys. */
export const OWNED = [`/${REALM_FILE}`, "/.github/"] as const;

const codeowners = (admins: readonly string[]): string => {
  const owners = admins.map((login) => `@${login}`).join(" ");
  return [
    "# Whoever changes these decides who gets in: a ruleset on the default branch should demand their review.",
    ...OWNED.map((path) => `${path.padEnd(12)} ${owners}`),
    "",
  ].join("\n");
};
