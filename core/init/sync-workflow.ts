import { pinnedAction } from "./action-use.ts";
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
export const syncWorkflow = (actions: Actions): string => `name: sync-proxy

# A push to the branch \`registry\` starts no workflow, for that branch holds none: the app, or process-submissions, sends
# repository_dispatch, and the schedule catches what got lost.
on:
  push:
    paths: [realm.yaml]
  repository_dispatch:
    types: [warren-registry]
  schedule:
    - cron: "*/15 * * * *"
  workflow_dispatch:

permissions: {}

# One at a time; of those that wait, the latest is enough, for each syncs everything. Runs of other branches, which are
# skipped, wait in groups of their own.
concurrency:
  group: sync-proxy-\${{ github.ref }}
  cancel-in-progress: false

jobs:
  sync:
    name: sync
    # Only where a realm is set up: the repository variable ${SYNC.variable} says so.
    # Schedules run on the default branch alone, and their event may not say which that is.
    if: vars.${SYNC.variable} == 'true' && (github.event_name == 'schedule' || github.ref == format('refs/heads/{0}', github.event.repository.default_branch))
    runs-on: ubuntu-24.04
    timeout-minutes: 10
    permissions:
      contents: read # realm.yaml and the branch \`registry\`
      issues: write # one issue about drift, kept current
    # The environment holds both keys, and lets in the default branch alone.
    environment:
      name: ${SYNC.environment}
      deployment: false
    steps:
      - uses: ${pinnedAction(actions, "sync-proxy")}
        with:
          sync-key: \${{ secrets.${SYNC.secrets[0]} }}
          signing-key: \${{ secrets.${SYNC.secrets[1]} }}
          ca-key: \${{ secrets.WARREN_CA_KEY }} # of a broker of your own; empty elsewhere
          drift-issue: true
`;
