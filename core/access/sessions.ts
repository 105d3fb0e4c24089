import { counted } from "../counted.ts";

/** What became of a proxy's live sessions when the keys in force changed. */
export type Swept =
  /** Sessions that were ended, a short sentence each. */
  | { readonly kind: "swept"; readonly ended: readonly string[] }
  /** No session is recorded there: sshd does not serve that folder. */
  | { readonly kind: "unrecorded" }
  /** Keys that went may still have sessions. */
  | { readonly kind: "failed"; readonly problem: string };

/** For people. */
export function sweptText(swept: Swept): string {
  switch (swept.kind) {
    case "swept":
      return `${counted(swept.ended.length, "session")} ended`;
    case "unrecorded":
      return "no sessions are recorded here";
    case "failed":
      return `sessions of keys that went may still live: ${swept.problem}`;
  }
}
