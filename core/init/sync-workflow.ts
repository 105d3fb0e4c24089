import type { Actions } from "./answers.ts";

/** Where the workflow that syncs stands in a realm's repository. */
export const SYNC_WORKFLOW = ".github/workflows/sync-proxy.yml";

/** What the workflow is bound to on GitHub: `doctor` looks for each. */
export const SYNC = {
  environment: "warren-sync",
  secrets: ["WARREN_SYNC_KEY", "WARREN_SIGNING_KEY"],
  variable: "WARREN_SYNC",
} as const;

/** The workflow of this repository's own `.github`, with the released action in the place of a build. */
export const syncWorkflow = ({ repository, commit, tag }: Actions): string => `name: sync-proxy

# A push to the branch \`registry\` starts no workflow, for that branch holds none: the app sends repository_dispatch,
# and the schedule catches what got lost.
on:
  push:
    paths: [realm.yaml]
  repository_dispatch:
    types: [warren-registry]
  schedule:
    - cron: "*/15 * * * *"
  workflow_dispatch:

permissions: {}

# One at a time; of those that wait, the latest is enough, for each syncs everything.
concurrency:
  group: sync-proxy
  cancel-in-progress: false

jobs:
  sync:
    # Only where a realm is set up: the repository variable ${SYNC.variable} says so.
    if: vars.${SYNC.variable} == 'true' && github.ref == format('refs/heads/{0}', github.event.repository.default_branch)
    runs-on: ubuntu-24.04
    timeout-minutes: 10
    permissions:
      contents: read # realm.yaml and the branch \`registry\`
      issues: write # one issue about drift, kept current
    # The environment holds both keys, and lets in the default branch alone.
    environment: ${SYNC.environment}
    steps:
      - uses: ${repository}/actions/sync-proxy@${commit}${tag === undefined ? "" : ` # ${tag}`}
        with:
          sync-key: \${{ secrets.${SYNC.secrets[0]} }}
          signing-key: \${{ secrets.${SYNC.secrets[1]} }}
          drift-issue: true
`;

export type ActionUse =
  /** The workflow names no such action. */
  | { readonly kind: "none" }
  /** From the repository's own checkout. */
  | { readonly kind: "own" }
  | { readonly kind: "pinned"; readonly tag?: string }
  /** By something that can be moved. */
  | { readonly kind: "loose"; readonly at: string };

/** How a workflow refers to `actions/<name>`, read from its text. */
export function actionUse(workflow: string, name: string): ActionUse {
  const uses = new RegExp(
    `^\\s*-?\\s*uses:\\s*["']?(\\S*?)/?actions/${name}(?:@(\\S+?))?["']?\\s*(?:#\\s*(\\S+).*)?$`,
    "m",
  );
  const [, from, at, tag] = uses.exec(workflow) ?? [];
  if (from === undefined) return { kind: "none" };
  if (at === undefined) return { kind: "own" };
  if (!/^[0-9a-f]{40}$/.test(at)) return { kind: "loose", at };
  return { kind: "pinned", ...(tag === undefined ? {} : { tag }) };
}
