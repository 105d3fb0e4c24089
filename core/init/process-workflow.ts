import { pinnedAction } from "./action-use.ts";
import type { Actions } from "./answers.ts";

/** Where the workflow that answers issues stands in a realm's repository. */
export const PROCESS_WORKFLOW = ".github/workflows/process-submissions.yml";

/** What the workflow is bound to on GitHub. */
export const PROCESS = {
  environment: "warren-process",
  variable: "WARREN_PROCESS",
  clientId: "WARREN_APP_CLIENT_ID",
  privateKey: "WARREN_APP_PRIVATE_KEY",
} as const;

/** The workflow of this repository's own `.github`, with the released action in the place of a build. */
export const processWorkflow = (actions: Actions): string => `name: process-submissions

# The realm without a server. An event is a hint: each run goes over all that changed lately, a scheduled one over all.
on:
  issues:
    types: [opened, edited, reopened, closed, transferred, deleted]
  issue_comment: # zizmor: ignore[dangerous-triggers] of the event nothing but the issue's number is read
    types: [created, edited, deleted]
  push:
    paths: [realm.yaml]
  schedule:
    - cron: "7,22,37,52 * * * *"
  workflow_dispatch:

permissions: {}

# One at a time. GitHub cancels all but the latest of those that wait, which loses nothing: that one sweeps. Runs of
# other branches, which are skipped, wait in groups of their own.
concurrency:
  group: process-submissions-\${{ github.ref }}
  cancel-in-progress: false

jobs:
  process:
    name: process
    # Only where a realm is set up without the app: the repository variable ${PROCESS.variable} says so.
    # Schedules run on the default branch alone, and their event may not say which that is.
    if: vars.${PROCESS.variable} == 'true' && (github.event_name == 'schedule' || github.ref == format('refs/heads/{0}', github.event.repository.default_branch))
    runs-on: ubuntu-24.04
    timeout-minutes: 30
    permissions:
      issues: write # one comment, one label, open or closed
      contents: write # the branch \`registry\`, and starting the sync; not needed where an App's token is used
      id-token: write # AWS, without a key that lasts
    # Holds the App's private key, and lets in the default branch alone.
    environment:
      name: ${PROCESS.environment}
      deployment: false
    steps:
      # A ruleset on \`registry\` lets an App through, but never a workflow's own token.
      - id: app
        if: vars.${PROCESS.clientId} != ''
        uses: actions/create-github-app-token@bcd2ba49218906704ab6c1aa796996da409d3eb1 # v3.2.0
        with:
          client-id: \${{ vars.${PROCESS.clientId} }}
          private-key: \${{ secrets.${PROCESS.privateKey} }}
          permission-issues: write
          permission-contents: write
          permission-members: read
      - if: vars.WARREN_AWS_ROLE != ''
        uses: aws-actions/configure-aws-credentials@8df5847569e6427dd6c4fb1cf565c83acfa8afa7 # v6.0.0
        with:
          role-to-assume: \${{ vars.WARREN_AWS_ROLE }}
          aws-region: \${{ vars.WARREN_AWS_REGION }}
      - uses: ${pinnedAction(actions, "process-submissions")}
        with:
          token: \${{ steps.app.outputs.token || github.token }}
          app-slug: \${{ steps.app.outputs.app-slug || 'github-actions' }}
          ca-key: \${{ secrets.WARREN_CA_KEY }} # of a broker of your own; empty elsewhere
`;
