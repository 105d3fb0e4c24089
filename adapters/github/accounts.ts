import * as z from "zod";
import type { Account } from "../../core/submission/issue.ts";
import { type Instant, parseInstant } from "../../core/time.ts";

/** In a GraphQL query, `...who` is all that `actor` reads. */
export const WHO = `
  fragment who on Actor {
    __typename
    login
    ... on User { databaseId }
    ... on Bot { databaseId }
    ... on Mannequin { databaseId }
    ... on Organization { databaseId }
  }`;

/** Null where GitHub no longer knows the account. */
export const actor = z
  .object({ __typename: z.string(), login: z.string(), databaseId: z.number().nullish() })
  .nullable();

export type Actor = z.infer<typeof actor>;

export const accountOf = (who: Actor): Account | null =>
  who === null || typeof who.databaseId !== "number" ? null : { id: who.databaseId, login: who.login };

export const isBot = (who: Actor): boolean => who?.__typename === "Bot";

/** GitHub's DateTime: RFC 3339 in UTC, to the second. */
export const instant = z.string().transform((text, context): Instant => {
  const read = parseInstant(text);
  if (read.ok) return read.value;
  context.addIssue({ code: "custom", message: read.problem });
  return z.NEVER;
});
