import { Hono } from "hono";
import { accountOf } from "./actor.ts";
import { answer, type Env, repositoryOf, type Skin, signedInPerson } from "./http.ts";
import { paginate } from "./paging.ts";
import { may, READ_METADATA } from "./permission.ts";
import { notFound, Refusal } from "./refusal.ts";
import { legacyPermission } from "./roles.ts";
import { showAccount, showProfile } from "./show-account.ts";
import { showRepository } from "./show-repository.ts";

/** The root, its facts, accounts and teams. */
export function rootRoutes({ forge, links }: Skin): Hono<Env> {
  const routes = new Hono<Env>();
  routes.get("/", (c) =>
    answer(c, {
      current_user_url: links.api("user"),
      repository_url: links.api("repos/{owner}/{repo}"),
      user_url: links.api("users/{user}"),
      rate_limit_url: links.api("rate_limit"),
    }),
  );
  routes.get("/meta", (c) =>
    answer(c, {
      verifiable_password_authentication: false,
      hooks: ["127.0.0.1/32"],
      installed_version: "3.17.0",
    }),
  );
  routes.get("/rate_limit", (c) => {
    const core = { limit: 5000, used: 0, remaining: 5000, reset: inOneHour() };
    return answer(c, { resources: { core, graphql: core, search: core }, rate: core });
  });
  routes.get("/user", (c) => {
    if (c.var.actor.kind === "installation") throw new Refusal(403, "Resource not accessible by integration");
    return answer(c, showProfile(links, signedInPerson(c)));
  });
  routes.get("/user/:account{[0-9]+}", (c) => {
    const account = forge.accounts.byId(Number(c.req.param("account")));
    if (account === undefined) throw notFound();
    return answer(c, showProfile(links, account));
  });
  routes.get("/users/:login", (c) => {
    const account = forge.accounts.find(c.req.param("login"));
    if (account === undefined) throw notFound();
    return answer(c, showProfile(links, account));
  });
  routes.get("/orgs/:org", (c) => {
    if (c.req.param("org").toLowerCase() !== forge.owner.login.toLowerCase()) throw notFound();
    return answer(c, showProfile(links, forge.owner));
  });
  routes.get("/orgs/:org/repos", (c) => {
    const visible = forge.repositories.filter((one) => may(c.var.actor, one, READ_METADATA));
    return answer(
      c,
      paginate(c, visible).map((one) => showRepository(links, one)),
    );
  });
  return routes;
}

/** Whether somebody belongs to the organization: its own people and apps learn it, nobody else does. */
export function memberRoutes({ forge }: Skin): Hono<Env> {
  const routes = new Hono<Env>();
  routes.get("/:login", (c) => {
    if ((c.req.param("org") ?? "").toLowerCase() !== forge.owner.login.toLowerCase()) throw notFound();
    const { actor } = c.var;
    const isApp = actor.kind === "installation" && actor.app.allows("members", "read");
    const isInsider =
      actor.kind === "person" && (forge.teams.has(actor.account) || actor.account === forge.owner);
    if (!isApp && !isInsider) throw notFound();
    const account = forge.accounts.find(c.req.param("login"));
    if (account === undefined || !forge.teams.has(account)) throw notFound();
    return c.body(null, 204);
  });
  return routes;
}

/** Teams: only members of the organization, and apps with Members: read, learn anything of them. */
export function teamRoutes({ forge, links }: Skin): Hono<Env> {
  const routes = new Hono<Env>();
  routes.use("*", async (c, next) => {
    const { actor } = c.var;
    const isMember =
      actor.kind === "person" && (forge.teams.has(actor.account) || actor.account === forge.owner);
    const isAdmin = actor.kind === "person" && forge.repository().roleOf(actor.account) === "admin";
    const isApp = actor.kind === "installation" && actor.app.allows("members", "read");
    if (actor.kind === "nobody") throw new Refusal(401, "Requires authentication");
    if (actor.kind === "installation" && !isApp)
      throw new Refusal(403, "Resource not accessible by integration");
    if (!isMember && !isAdmin && !isApp) throw notFound();
    const org = c.req.param("org") ?? "";
    if (org.toLowerCase() !== forge.owner.login.toLowerCase()) throw notFound();
    await next();
  });
  routes.get("/:slug/members", (c) => {
    const slug = c.req.param("slug");
    if (!forge.teams.slugs.includes(slug)) throw notFound();
    return answer(
      c,
      paginate(c, forge.teams.membersOf(slug)).map((member) => showAccount(links, member)),
    );
  });
  routes.get("/:slug/memberships/:login", (c) => {
    const { slug, login } = c.req.param();
    const account = forge.accounts.find(login);
    const membership = account && forge.teams.membership(slug, account);
    if (membership === undefined) throw notFound();
    const url = links.api(`organizations/${forge.owner.id}/team/${slug}/memberships/${login}`);
    return answer(c, { ...membership, url });
  });
  return routes;
}

/** The repository itself and who may do what in it. */
export function repositoryRoutes({ forge, links }: Skin): Hono<Env> {
  const routes = new Hono<Env>();
  routes.get("/", (c) => answer(c, showRepository(links, repositoryOf(c, forge), accountOf(c.var.actor))));
  routes.get("/collaborators/:login/permission", (c) => {
    const repository = repositoryOf(c, forge);
    const { actor } = c.var;
    if (actor.kind === "nobody") throw new Refusal(401, "Requires authentication");
    const asksForSelf = accountOf(actor)?.login === c.req.param("login");
    if (!asksForSelf && !may(actor, repository, { role: "write", scope: "metadata", level: "read" })) {
      throw new Refusal(403, "Must have push access to view collaborator permission.");
    }
    const account = forge.accounts.find(c.req.param("login"));
    if (account === undefined) throw notFound(`${c.req.param("login")} is not a user`);
    const role = repository.roleOf(account);
    const user = { ...showAccount(links, account), role_name: role };
    return answer(c, { permission: legacyPermission(role), role_name: role, user });
  });
  return routes;
}

const inOneHour = (): number => Math.floor(Date.now() / 1000) + 3600;
