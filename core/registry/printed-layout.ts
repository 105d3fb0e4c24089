/** The bytes between the values of a record as `printRecord` lays it out; a test tries the two on each other. */

/** Per key what stands before its value, and what ends the object. */
export type Layout<Key extends string> = { readonly [key in Key | "close"]: Uint8Array };

export interface ListLayout {
  readonly open: Uint8Array;
  readonly next: Uint8Array;
  readonly close: Uint8Array;
}

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "latin1"));

/** An object whose keys stand `indent` blanks in; the first of them is never left out. */
function layout<Key extends string>(indent: number, keys: readonly Key[]): Layout<Key> {
  const before = keys.map((key, index) => [
    key,
    bytes(`${index === 0 ? "{" : ","}\n${" ".repeat(indent)}"${key}": `),
  ]);
  return { ...Object.fromEntries(before), close: bytes(`\n${" ".repeat(indent - 2)}}`) };
}

const listLayout = (indent: number): ListLayout => ({
  open: bytes(`[\n${" ".repeat(indent)}`),
  next: bytes(`,\n${" ".repeat(indent)}`),
  close: bytes(`\n${" ".repeat(indent - 2)}]`),
});

export const RECORD = layout(2, [
  "format",
  "computer",
  "sequence",
  "port",
  "sshKeys",
  "hostKeys",
  "certificates",
  "refused",
  "revoked",
  "history",
]);
export const PARTS = listLayout(4);
export const ACCEPTED_KEY = layout(6, ["key", "fingerprint", "end", "evidence"]);
export const CERTIFICATE = layout(6, [
  "certificate",
  "arn",
  "pem",
  "csrSha256",
  "keySha256",
  "end",
  "evidence",
]);
export const EVIDENCE = layout(8, [
  "issue",
  "digest",
  "submitter",
  "approvers",
  "proven",
  "rule",
  "realmCommit",
  "at",
]);
const ACCOUNT = ["id", "login"] as const;
export const SUBMITTER = layout(10, ACCOUNT);
export const APPROVERS = listLayout(10);
export const APPROVER = layout(12, ACCOUNT);
export const REFUSED = layout(6, ["what", "fingerprint", "certificate", "at"]);
const REVOKED = ["reason", "issue", "comment", "by", "at"] as const;
export const REVOCATION = layout(4, REVOKED);
export const REVOKER = layout(6, ACCOUNT);
export const ACTED = layout(6, ["kind", "digest", ...REVOKED]);
export const ACTOR = layout(8, ACCOUNT);
export const [ONE, TRUE, EMPTY, LINE_END] = [bytes("1"), bytes("true"), bytes("[]"), bytes("\n")];
