import { pinnedAction } from "./action-use.ts";
import type { Actions } from "./answers.ts";

/** Where the workflow that checks pull requests stands in a realm's repository. */
export const CHECK_WORKFLOW = ".github/workflows/check-realm.yml";

/** The repository variable that lets the workflow run. */
export const CHECK = { variable: "WARREN_CHECK" } as const;

/** The workflow of this repository's own `.github`, with the released action in the place of a build. */
export const checkWorkflow = (actions: Actions): string => `name: check-realm

# The file is read as data, by the API. What runs is the released action, never code of a pull request.
on:
  pull_request:
  # All open ones again: the registry may have moved, and a fork's own run may write nothing.
  schedule:
    - cron: "4,19,34,49 * * * *"
  workflow_dispatch:

permissions: {}

# The latest run reads the newest head.
concurrency:
  group: check-realm-\${{ github.event_name }}-\${{ github.ref }}
  cancel-in-progress: true

jobs:
  check:
    name: check
    # Only where a realm is set up without the app, which does the same: the repository variable ${CHECK.variable} says so.
    if: vars.${CHECK.variable} == 'true'
    runs-on: ubuntu-24.04
    timeout-minutes: 10
    permissions:
      contents: read # realm.yaml and the branch \`registry\`
      issues: read # requests that would be decided otherwise
      checks: write # one check run
      pull-requests: write # one comment
    steps:
      - uses: ${pinnedAction(actions, "check-realm")}
`;
