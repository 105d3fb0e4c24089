import type { ComputerId } from "../names.ts";
import type { Place } from "../place.ts";
import type { Person } from "../realm/realm.ts";
import type { Account } from "../submission/issue.ts";
import type { SubmissionKind } from "../submission/submission.ts";
import type { Instant } from "../time.ts";

/** One step of the explanation: what decided, where it stands, and what that means for this submission. */
export interface Reason {
  /** `systems.hula.trust[0]`, or the name of the check that decided, e.g. `submission.text`. */
  readonly rule: string;
  /** The line of realm.yaml; left out where no line of it decided. */
  readonly at?: Place;
  readonly says: string;
  /** What would mend it, where something would: what to do, or a command to run. */
  readonly fix?: string;
}

/** No verdict without a reason. */
export type Reasons = readonly [Reason, ...Reason[]];

/** A key that a submission carries, as far as it may be shown. */
export interface ShownKey {
  readonly type: string;
  readonly bits: number;
  /** `SHA256:…` for SSH and host keys, lower-case hex SHA-256 of the SubjectPublicKeyInfo for a CSR's. */
  readonly fingerprint: string;
}

/** `sha256:` and 64 hex digits. */
export type Digest = string;

interface About {
  readonly computer: ComputerId;
  readonly submission: SubmissionKind;
  readonly digest: Digest;
  readonly keys: readonly ShownKey[];
  readonly because: Reasons;
}

export type Decision =
  | (About & {
      readonly kind: "grant";
      /** Admins whose approvals the grant rests on; empty where the rule grants by itself. */
      readonly approvedBy: readonly Account[];
      readonly end?: Instant;
    })
  | (About & {
      readonly kind: "ask";
      readonly approvers: readonly Person[];
      readonly approvals: { readonly needed: number; readonly given: readonly Account[] };
    })
  | (Partial<Pick<About, "computer">> & Omit<About, "computer"> & { readonly kind: "refuse" })
  /** Not a submission: the issue is none of our business. */
  | { readonly kind: "none" };

export type Verdict = Decision["kind"];
