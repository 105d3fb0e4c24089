import type { components } from "@octokit/openapi-types";
import { Hono } from "hono";
import type { App } from "./apps.ts";
import { answer, type Env, type Request, repositoryNamed, type Skin } from "./http.ts";
import { iso } from "./ids.ts";
import type { Links } from "./links.ts";
import { paginate } from "./paging.ts";
import { notFound, Refusal } from "./refusal.ts";
import { showAccount, showApp } from "./show-account.ts";
import { showRepository } from "./show-repository.ts";

/** What an App asks about itself and its installation. */
export function appRoutes({ forge, links }: Skin): Hono<Env> {
  const routes = new Hono<Env>();
  routes.get("/app", (c) => answer(c, showApp(links, appItself(c))));
  routes.get("/apps/:slug", (c) => {
    const app = forge.app(c.req.param("slug"));
    if (app === undefined) throw notFound();
    return answer(c, showApp(links, app));
  });
  routes.get("/app/installations", (c) =>
    answer(
      c,
      paginate(c, [appItself(c)]).map((app) => showInstallation(links, app)),
    ),
  );
  routes.get("/app/installations/:installation", (c) =>
    answer(c, showInstallation(links, installed(c, appItself(c)))),
  );
  routes.post("/app/installations/:installation/access_tokens", (c) => {
    const app = installed(c, appItself(c));
    const { token, expiresAt } = forge.tokens.issue(app);
    const permissions = { ...app.permissions };
    const shown = { token, expires_at: iso(expiresAt), permissions, repository_selection: "all" };
    return answer(c, shown, 201);
  });
  for (const path of ["/orgs/:org/installation", "/users/:org/installation"]) {
    routes.get(path, (c) => {
      if (c.req.param("org")?.toLowerCase() !== forge.owner.login.toLowerCase()) throw notFound();
      return answer(c, showInstallation(links, appItself(c)));
    });
  }
  routes.get("/installation/repositories", (c) => {
    if (c.var.actor.kind !== "installation") {
      throw new Refusal(
        403,
        "You must authenticate with an installation access token in order to list repositories for an installation.",
      );
    }
    const repositories = paginate(c, forge.repositories).map((one) => showRepository(links, one));
    return answer(c, { total_count: forge.repositories.length, repository_selection: "all", repositories });
  });
  routes.delete("/installation/token", (c) => {
    if (c.var.token !== undefined) forge.tokens.revoke(c.var.token);
    return c.body(null, 204);
  });
  return routes;
}

/** Which installation covers a repository. */
export function repositoryInstallationRoutes({ forge, links }: Skin): Hono<Env> {
  const routes = new Hono<Env>();
  routes.get("/installation", (c) => {
    const app = appItself(c);
    const found = repositoryNamed(c, forge);
    if (found.owner !== app.installedOn) throw notFound();
    return answer(c, showInstallation(links, app));
  });
  return routes;
}

export function appItself(c: Request): App {
  if (c.var.actor.kind !== "app") throw new Refusal(401, "A JSON web token could not be decoded");
  return c.var.actor.app;
}

function installed(c: Request, app: App): App {
  if (c.req.param("installation") !== String(app.installationId)) throw notFound();
  return app;
}

function showInstallation(links: Links, app: App): components["schemas"]["installation"] {
  return {
    id: app.installationId,
    account: showAccount(links, app.installedOn),
    repository_selection: "all",
    access_tokens_url: links.api(`app/installations/${app.installationId}/access_tokens`),
    repositories_url: links.api("installation/repositories"),
    html_url: links.api(
      `organizations/${app.installedOn.login}/settings/installations/${app.installationId}`,
    ),
    app_id: app.id,
    app_slug: app.slug,
    target_id: app.installedOn.id,
    target_type: app.installedOn.type,
    permissions: { ...app.permissions },
    events: [...app.events],
    created_at: iso(app.createdAt),
    updated_at: iso(app.createdAt),
    single_file_name: null,
    has_multiple_single_files: false,
    single_file_paths: [],
    suspended_by: null,
    suspended_at: null,
  };
}
