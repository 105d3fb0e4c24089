import { proofText } from "../core/computer/enrollment.ts";
import type { SignatureCheck } from "../core/ports/computer.ts";
import type { Issue } from "../core/submission/issue.ts";
import type { Submission } from "../core/submission/submission.ts";

/** Whether a submission carries a proof, by the very key that it submits, over its id and its author's account name. */
export async function isProven(
  proofs: SignatureCheck,
  { author }: Issue,
  submission: Submission | undefined,
): Promise<boolean> {
  if (submission?.kind !== "enroll" || submission.proof === undefined || author === null) return false;
  const { id, key, proof } = submission;
  return proofs.verify(proofText(id, author.login), proof, [key.line]);
}
