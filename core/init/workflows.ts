import type { Actions } from "./answers.ts";
import { CHECK_WORKFLOW, checkWorkflow } from "./check-workflow.ts";
import { PROCESS_WORKFLOW, processWorkflow } from "./process-workflow.ts";
import { SYNC_WORKFLOW, syncWorkflow } from "./sync-workflow.ts";

/** One workflow of a realm's repository, around one of the released actions. */
export interface RealmWorkflow {
  readonly path: string;
  /** Its folder of `actions/`. */
  readonly action: string;
  readonly text: (actions: Actions) => string;
  /** The app does the same: beside it the workflow is not wanted. */
  readonly insteadOfApp: boolean;
}

/** All that `init` writes and `doctor` looks at. */
export const WORKFLOWS: readonly RealmWorkflow[] = [
  { path: SYNC_WORKFLOW, action: "sync-proxy", text: syncWorkflow, insteadOfApp: false },
  { path: PROCESS_WORKFLOW, action: "process-submissions", text: processWorkflow, insteadOfApp: true },
  { path: CHECK_WORKFLOW, action: "check-realm", text: checkWorkflow, insteadOfApp: true },
];
