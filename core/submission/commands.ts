import type { Comment } from "./issue.ts";

/** A command in a comment: its first line, and nothing before it. */
export type Command =
  | { readonly kind: "approve"; readonly digest: string }
  | { readonly kind: "deny"; readonly reason: string }
  | { readonly kind: "revoke"; readonly reason: string }
  | { readonly kind: "explain" }
  | { readonly kind: "retry" };

export type ReadCommand =
  | { readonly kind: "none" }
  | { readonly kind: "unreadable"; readonly problem: string }
  | { readonly kind: "read"; readonly command: Command };

const LONGEST_REASON = 500;

/** Reads a comment's first line; a comment that doesn't begin with one of our words is talk among people. */
export function readCommand(body: string): ReadCommand {
  const [line = ""] = body.split(/\r?\n/, 1);
  const [word = "", ...rest] = line.trim().split(/\s+/);
  const reason = rest.join(" ");
  switch (word) {
    case "/approve":
      return /^[0-9a-f]{12}$/.test(reason)
        ? { kind: "read", command: { kind: "approve", digest: reason } }
        : unreadable("/approve takes the twelve digits shown above, as in /approve 0123456789ab");
    case "/deny":
    case "/revoke": {
      const kind = word === "/deny" ? "deny" : "revoke";
      if (reason === "") return unreadable(`${word} takes a reason, as in ${word} lost in the river`);
      if (reason.length > LONGEST_REASON) {
        return unreadable(`${word} has a reason of ${reason.length} characters; ${LONGEST_REASON} at most`);
      }
      return { kind: "read", command: { kind, reason } };
    }
    case "/explain":
    case "/retry": {
      const kind = word === "/explain" ? "explain" : "retry";
      return reason === "" ? { kind: "read", command: { kind } } : unreadable(`${word} takes no arguments`);
    }
    default:
      return { kind: "none" };
  }
}

/** A comment counts only as its author wrote it, with their own hands: never edited, and not through an app. */
export const isCommand = ({ author, edited, viaApp }: Comment): boolean =>
  author !== null && !edited && !viaApp;

const unreadable = (problem: string): ReadCommand => ({ kind: "unreadable", problem });
