import * as z from "zod";
import { type Parsed, parsed, unparsed } from "../../core/place.ts";
import type { Account, Edit, Issue } from "../../core/submission/issue.ts";
import { type Instant, instantOf } from "../../core/time.ts";

/** An issue from a file, and the teams that its author is in. */
export interface IssueFile {
  readonly issue: Issue;
  readonly teams: readonly string[];
}

const account = z.looseObject({ id: z.int().positive(), login: z.string() }).nullish();
const instant = z.iso.datetime({ offset: true }).transform((text): Instant => instantOf(new Date(text)));

/** What `GET /repos/{owner}/{repo}/issues/{number}` gives (docs.github.com/rest/issues/issues), as far as it counts. */
const restIssue = z.looseObject({
  number: z.int().positive().default(0),
  title: z.string(),
  body: z.string().nullish(),
  user: account,
  created_at: instant.optional(),
  state: z.enum(["open", "closed"]).default("open"),
  performed_via_github_app: z.unknown().optional(),
});

const actor = z.looseObject({ login: z.string(), databaseId: z.int().positive() }).nullish();
const history = z.looseObject({
  lastEditedAt: instant.nullish(),
  editor: actor,
  renames: z
    .array(
      z.looseObject({
        previousTitle: z.string(),
        currentTitle: z.string(),
        actor,
        createdAt: instant.optional(),
      }),
    )
    .default([]),
});

const wrapped = z.looseObject({
  issue: restIssue,
  repository: z.looseObject({ id: z.int().positive() }).optional(),
  history: history.optional(),
  teams: z.array(z.string()).default([]),
});

/** Reads an issue as GitHub's REST API gives it, or `{ issue, history, teams }`. `repositoryId` stands in where none is given. */
export function readIssueFile(text: string, repositoryId: number): Parsed<IssueFile> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return unparsed(`is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const bare = typeof json === "object" && json !== null && !("issue" in json);
  const read = wrapped.safeParse(bare ? { issue: json } : json);
  if (!read.success) {
    const [issue] = read.error.issues;
    return unparsed(`is no issue: ${issue?.path.join(".") ?? ""} ${issue?.message ?? ""}`);
  }
  const { issue, repository, teams } = read.data;
  return parsed({
    teams,
    issue: {
      repositoryId: repository?.id ?? repositoryId,
      number: issue.number,
      author: accountOf(issue.user),
      title: issue.title,
      body: issue.body ?? "",
      createdAt: issue.created_at ?? instantOf(new Date(0)),
      open: issue.state === "open",
      viaApp: issue.performed_via_github_app !== undefined && issue.performed_via_github_app !== null,
      history:
        read.data.history === undefined
          ? { kind: "unknown" }
          : { kind: "known", edits: editsOf(read.data.history) },
      comments: [],
    },
  });
}

function editsOf({ lastEditedAt, editor, renames }: z.infer<typeof history>): readonly Edit[] {
  const body: Edit[] =
    lastEditedAt === null || lastEditedAt === undefined
      ? []
      : [{ what: "body", editor: actorOf(editor), at: lastEditedAt }];
  const titles = renames.map(
    (rename): Edit => ({
      what: "title",
      editor: actorOf(rename.actor),
      at: rename.createdAt ?? lastEditedAt ?? instantOf(new Date(0)),
    }),
  );
  return [...body, ...titles];
}

const accountOf = (user: z.infer<typeof account>): Account | null =>
  user === null || user === undefined ? null : { id: user.id, login: user.login };

const actorOf = (user: z.infer<typeof actor>): Account | null =>
  user === null || user === undefined ? null : { id: user.databaseId, login: user.login };
