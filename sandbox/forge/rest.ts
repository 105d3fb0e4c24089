import { Hono } from "hono";
import type { Env, Skin } from "./http.ts";
import { actionRoutes } from "./rest-actions.ts";
import { appRoutes, repositoryInstallationRoutes } from "./rest-apps.ts";
import { archiveRoutes, codeloadRoutes } from "./rest-archive.ts";
import { checkRoutes } from "./rest-checks.ts";
import { commentRoutes } from "./rest-comments.ts";
import { contentRoutes } from "./rest-contents.ts";
import { dispatchRoutes } from "./rest-dispatches.ts";
import { gitRoutes } from "./rest-git.ts";
import { historyRoutes } from "./rest-history.ts";
import { hookRoutes } from "./rest-hooks.ts";
import { issueRoutes } from "./rest-issues.ts";
import { labelRoutes } from "./rest-labels.ts";
import { pullRoutes } from "./rest-pulls.ts";
import { refRoutes } from "./rest-refs.ts";
import { memberRoutes, repositoryRoutes, rootRoutes, teamRoutes } from "./rest-root.ts";
import { ruleRoutes } from "./rest-rules.ts";

/** All of REST. A repository is reached by its names or by its id, which outlives them. */
export function restRoutes(skin: Skin): Hono<Env> {
  const routes = new Hono<Env>();
  routes.route("/", rootRoutes(skin));
  routes.route("/", appRoutes(skin));
  routes.route("/", hookRoutes(skin));
  routes.route("/", codeloadRoutes(skin));
  routes.route("/orgs/:org/teams", teamRoutes(skin));
  routes.route("/orgs/:org/members", memberRoutes(skin));
  const parts = [
    repositoryInstallationRoutes,
    repositoryRoutes,
    issueRoutes,
    commentRoutes,
    labelRoutes,
    contentRoutes,
    checkRoutes,
    gitRoutes,
    refRoutes,
    ruleRoutes,
    historyRoutes,
    archiveRoutes,
    pullRoutes,
    actionRoutes,
    dispatchRoutes,
  ];
  for (const base of ["/repos/:owner/:repo", "/repositories/:repositoryId"]) {
    for (const part of parts) routes.route(base, part(skin));
  }
  return routes;
}
