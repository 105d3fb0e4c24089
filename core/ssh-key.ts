import type { Parsed } from "./place.ts";

declare const brand: unique symbol;

/** `SHA256:` and 43 base64 digits, as `ssh-keygen -lf` prints it. */
export type Fingerprint = string & { readonly [brand]: "fingerprint" };

/** An SSH public key after the strict grammar: nothing of the submitter's text is left but the key. */
export interface SshPublicKey {
  /** As in the key's first word, e.g. `ssh-ed25519`. */
  readonly type: string;
  readonly bits: number;
  readonly fingerprint: Fingerprint;
  /** `<type> <base64>`: no options, no comment, no line break. */
  readonly line: string;
}

export declare function parseSshPublicKey(text: string): Parsed<SshPublicKey>;
