import { actionUse } from "../../core/init/action-use.ts";
import { ENROLL_FORM, hasOurLabels } from "../../core/init/enroll-form.ts";
import { CODEOWNERS, OWNED } from "../../core/init/files.ts";
import { REVOKE_FORM } from "../../core/init/revoke-form.ts";
import { type RealmWorkflow, WORKFLOWS } from "../../core/init/workflows.ts";
import type { RepositoryLook } from "../../core/inspection.ts";
import type { Realm } from "../../core/realm/realm.ts";
import { type Check, type Finding, ok, problem } from "./check.ts";

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
