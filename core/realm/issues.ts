import type { z } from "zod";
import type { Misfit } from "./raw.ts";
import { says } from "./words.ts";
import type { Path } from "./yaml-text.ts";

type Issue = z.core.$ZodIssue;

/** zod's findings, one for each thing to mend. */
export const misfitsOfIssues = (issues: readonly Issue[]): readonly Misfit[] =>
  issues.flatMap((issue) => misfits(issue, issue.path));

function misfits(issue: Issue, path: Path): readonly Misfit[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({ path: [...path, key], key: true, message: issue.message }));
  }
  if (issue.code === "invalid_union" && issue.errors.length > 0) {
    // The alternative that was meant is the one that doesn't stumble over the value's very type.
    const meant = issue.errors.find(
      (errors) => !errors.some(({ code, path: inner }) => code === "invalid_type" && inner.length === 0),
    );
    if (meant !== undefined) return meant.flatMap((inner) => misfits(inner, [...path, ...inner.path]));
    return [{ path, message: says(issue.input, "write owner/name, or a mapping with name and id") }];
  }
  return [{ path, message: issue.message }];
}
