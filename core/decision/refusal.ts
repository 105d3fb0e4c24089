import type { Submission } from "../submission/submission.ts";
import { keysOf } from "./barriers.ts";
import type { Decision, Digest, Reasons } from "./decision.ts";

/** The refusal of one submission, for the reasons still to be given. */
export const refusalOf =
  (submission: Submission, digest: Digest) =>
  (...because: Reasons): Decision => ({
    kind: "refuse",
    computer: submission.id,
    submission: submission.kind,
    digest,
    keys: keysOf(submission),
    because,
  });
