import { Hono } from "hono";
import * as z from "zod";
import { answer, type Env, numberParam, readBody, repositoryOf, type Skin } from "./http.ts";
import { iso } from "./ids.ts";
import type { Issue } from "./issue.ts";
import type { Issues } from "./issues.ts";
import { paginate } from "./paging.ts";
import { Refusal } from "./refusal.ts";
import { showIssue } from "./show-issue.ts";

const labels = z.array(z.union([z.string(), z.object({ name: z.string() }).transform(({ name }) => name)]));
const NEW_ISSUE = z.object({
  title: z.union([z.string(), z.number().transform(String)]),
  body: z.string().nullish(),
  labels: labels.optional(),
});
const ISSUE_CHANGE = z.object({
  title: z.union([z.string(), z.number().transform(String)]).nullish(),
  body: z.string().nullish(),
  state: z.enum(["open", "closed"]).optional(),
  state_reason: z.enum(["completed", "not_planned", "reopened", "duplicate"]).nullish(),
  labels: labels.optional(),
});

/** Issues, below a repository. */
export function issueRoutes({ forge, links }: Skin): Hono<Env> {
  const routes = new Hono<Env>();
  routes.get("/issues", (c) => {
    const found = select(repositoryOf(c, forge).issues.list(c.var.actor), c.req.query());
    return answer(
      c,
      paginate(c, found).map((issue) => showIssue(links, issue)),
    );
  });
  routes.post("/issues", async (c) => {
    const { issues } = repositoryOf(c, forge);
    const { title, body, labels } = await readBody(c, NEW_ISSUE);
    const issue = issues.open(c.var.actor, { title, body: body ?? "", ...(labels && { labels }) });
    c.header("location", links.repo(issue.repository, `issues/${issue.number}`));
    return answer(c, showIssue(links, issue), 201);
  });
  routes.get("/issues/:number{[0-9]+}", (c) => {
    const { issues } = repositoryOf(c, forge);
    const moved = issues.movedTo(numberParam(c, "number"));
    if (moved !== undefined) {
      const to = links.api(`repositories/${moved.repository.id}/issues/${moved.number}`);
      c.header("location", to);
      return answer(c, { message: "Moved Permanently", url: to, documentation_url: DOCS }, 301);
    }
    return answer(c, showIssue(links, issues.get(c.var.actor, numberParam(c, "number"))));
  });
  routes.patch("/issues/:number{[0-9]+}", async (c) => {
    const { issues } = repositoryOf(c, forge);
    const change = await readBody(c, ISSUE_CHANGE);
    const number = changeable(issues, numberParam(c, "number"));
    const issue = issues.change(c.var.actor, number, {
      title: change.title ?? undefined,
      body: change.body === null ? "" : change.body,
      state: change.state,
      stateReason: change.state_reason,
      labels: change.labels,
    });
    return answer(c, showIssue(links, issue));
  });
  return routes;
}

const DOCS = "https://docs.github.com/rest/guides/best-practices-for-using-the-rest-api#follow-redirects";

function changeable(issues: Issues, number: number): number {
  if (issues.movedTo(number) !== undefined) throw new Refusal(410, "This issue was transferred");
  return number;
}

/** As the list's query asks. Pull requests are among the issues, as on GitHub. */
function select(issues: readonly Issue[], query: Readonly<Record<string, string>>): readonly Issue[] {
  const { state = "open", since, labels, creator, sort = "created", direction = "desc" } = query;
  const wanted = labels === undefined ? [] : labels.toLowerCase().split(",");
  const from = since === undefined ? undefined : iso(validDate(since));
  const chosen = issues.filter(
    (issue) =>
      (state === "all" || issue.state === state) &&
      (from === undefined || iso(issue.updatedAt) >= from) &&
      (creator === undefined || issue.author.login.toLowerCase() === creator.toLowerCase()) &&
      wanted.every((name) => issue.labels.some((label) => label.name.toLowerCase() === name)),
  );
  const key = (issue: Issue): number => {
    if (sort === "comments") return issue.comments.length;
    return (sort === "updated" ? issue.updatedAt : issue.createdAt).getTime();
  };
  const sign = direction === "asc" ? 1 : -1;
  return chosen.sort((a, b) => sign * (key(a) - key(b) || a.number - b.number));
}

function validDate(text: string): Date {
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) throw new Refusal(422, `The since parameter "${text}" is no timestamp`);
  return date;
}
