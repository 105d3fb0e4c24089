import * as z from "zod";
import { Failure } from "../../core/failure.ts";
import type {
  CertificateDescription,
  CertificateSummary,
  IssuedCertificate,
} from "../../core/ports/certificates.ts";
import { instantOf } from "../../core/time.ts";

/** In the SDK's types every field of an answer may be missing; here none may. */
const certificateId = z.string().regex(/^[0-9a-f]{64}$/);
const arn = z.string().startsWith("arn:");

const issued = z.object({ certificateId, certificateArn: arn, certificatePem: z.string() });
const description = z.object({
  certificateDescription: z.object({ certificateArn: arn, certificatePem: z.string(), status: z.string() }),
});
const policies = z.object({ policies: z.array(z.object({ policyName: z.string() })) });
const certificates = z.object({
  certificates: z.array(
    z.object({ certificateId, certificateArn: arn, status: z.string(), creationDate: z.date() }),
  ),
});

export function readIssued(answer: unknown): IssuedCertificate {
  const { certificateId, certificateArn, certificatePem } = readAnswer(issued, answer);
  return { certificate: certificateId, arn: certificateArn, pem: certificatePem };
}

export function readDescription(answer: unknown): CertificateDescription & { readonly arn: string } {
  const { certificateArn, certificatePem, status } = readAnswer(description, answer).certificateDescription;
  return { arn: certificateArn, pem: certificatePem, status: STATUS[status] ?? "other" };
}

export const readPolicyNames = (answer: unknown): readonly string[] =>
  readAnswer(policies, answer).policies.map(({ policyName }) => policyName);

export const readSummaries = (answer: unknown): readonly CertificateSummary[] =>
  readAnswer(certificates, answer).certificates.map(
    ({ certificateId, certificateArn, status, creationDate }) => ({
      certificate: certificateId,
      arn: certificateArn,
      status: STATUS[status] ?? "other",
      createdAt: instantOf(creationDate),
    }),
  );

const STATUS: Readonly<Record<string, CertificateSummary["status"]>> = {
  ACTIVE: "active",
  INACTIVE: "inactive",
};

/** An answer in the shape that it must have. */
export function readAnswer<S extends z.ZodType>(schema: S, answer: unknown): z.output<S> {
  const result = schema.safeParse(answer);
  if (result.success) return result.data;
  const path = result.error.issues[0]?.path.join(".") ?? "";
  throw new Failure("unavailable", `AWS answers without a valid ${JSON.stringify(path)}`);
}
