import type { CertificateRequest } from "./csr.ts";
import type { ComputerId } from "./names.ts";
import type { SshPublicKey } from "./ssh-key.ts";

/** What an issue asks for, after the one strict reading of its title and body. Untrusted text stops here. */
export type Submission =
  | { readonly kind: "sshkey"; readonly id: ComputerId; readonly key: SshPublicKey }
  | { readonly kind: "csr"; readonly id: ComputerId; readonly csr: CertificateRequest }
  | { readonly kind: "hostkey"; readonly id: ComputerId; readonly keys: readonly SshPublicKey[] }
  | {
      readonly kind: "enroll";
      readonly id: ComputerId;
      readonly key: SshPublicKey;
      readonly hostKeys: readonly SshPublicKey[];
      readonly csr?: CertificateRequest;
      /** An armored SSHSIG, not yet verified. */
      readonly proof?: string;
    }
  | { readonly kind: "revoke"; readonly id: ComputerId; readonly reason: string };

export type SubmissionKind = Submission["kind"];

export type ReadSubmission =
  /** The title is not a submission's: leave the issue alone. */
  | { readonly kind: "none" }
  /** The title claims to be a submission, but title or body can't be understood. */
  | {
      readonly kind: "unreadable";
      readonly claims: SubmissionKind;
      readonly id?: ComputerId;
      readonly problem: string;
    }
  | { readonly kind: "read"; readonly submission: Submission };

export declare function readSubmission(title: string, body: string): ReadSubmission;
