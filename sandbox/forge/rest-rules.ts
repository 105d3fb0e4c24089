import type { components } from "@octokit/openapi-types";
import { Hono } from "hono";
import type { Actor } from "./actor.ts";
import { answer, type Env, numberParam, pathParam, repositoryOf, type Skin } from "./http.ts";
import { iso, nodeId } from "./ids.ts";
import type { Links } from "./links.ts";
import { paginate } from "./paging.ts";
import { may } from "./permission.ts";
import { notFound } from "./refusal.ts";
import type { Repository } from "./repository.ts";
import type { RoleName } from "./roles.ts";
import type { Bypass, Ruleset, RuleType } from "./rulesets.ts";

type Schemas = components["schemas"];

/** Rulesets and what they say of a branch: whoever reads the repository reads them. */
export function ruleRoutes({ forge, links }: Skin): Hono<Env> {
  const routes = new Hono<Env>();
  routes.get("/rules/branches/:branch{.+}", (c) => {
    const repository = repositoryOf(c, forge);
    const found = repository.rulesets.on(pathParam(c, "branch")).flatMap((ruleset) =>
      ruleset.rules.map((rule) => ({
        ...showRule(rule),
        ruleset_source_type: "Repository" as const,
        ruleset_source: repository.fullName,
        ruleset_id: ruleset.id,
      })),
    );
    return answer(c, paginate(c, found));
  });
  routes.get("/rulesets", (c) => {
    const repository = repositoryOf(c, forge);
    const shown = paginate(c, repository.rulesets.all).map((one) => showHead(links, repository, one));
    return answer(c, shown);
  });
  routes.get("/rulesets/:ruleset", (c) => {
    const repository = repositoryOf(c, forge);
    const id = numberParam(c, "ruleset");
    const found = repository.rulesets.all.find((one) => one.id === id);
    if (found === undefined) throw notFound();
    return answer(c, showRuleset(links, repository, c.var.actor, found));
  });
  return routes;
}

function showRule(type: RuleType): Schemas["repository-rule"] {
  if (type === "required_status_checks") {
    const required_status_checks = [{ context: "warren" }];
    return { type, parameters: { required_status_checks, strict_required_status_checks_policy: false } };
  }
  if (type !== "pull_request") return { type };
  return {
    type,
    parameters: {
      dismiss_stale_reviews_on_push: false,
      require_code_owner_review: true,
      require_last_push_approval: false,
      required_approving_review_count: 1,
      required_review_thread_resolution: false,
    },
  };
}

function showHead(links: Links, repository: Repository, ruleset: Ruleset): Schemas["repository-ruleset"] {
  return {
    id: ruleset.id,
    name: ruleset.name,
    target: "branch",
    source_type: "Repository",
    source: repository.fullName,
    enforcement: ruleset.enforcement,
    node_id: nodeId("RRS", ruleset.id),
    _links: {
      self: { href: links.repo(repository, `rulesets/${ruleset.id}`) },
      html: { href: links.page(repository, `rules/${ruleset.id}`) },
    },
    created_at: iso(ruleset.createdAt),
    updated_at: iso(ruleset.createdAt),
  };
}

function showRuleset(
  links: Links,
  repository: Repository,
  actor: Actor,
  ruleset: Ruleset,
): Schemas["repository-ruleset"] {
  const include = ruleset.branches.map((name) => (name.startsWith("~") ? name : `refs/heads/${name}`));
  const mayEdit = may(actor, repository, { role: "admin", scope: "administration", level: "write" });
  return {
    ...showHead(links, repository, ruleset),
    conditions: { ref_name: { include, exclude: [] } },
    rules: ruleset.rules.map(showRule),
    ...(mayEdit ? { bypass_actors: ruleset.bypass.map(showBypass) } : {}),
  };
}

/** The ids that GitHub gives to its own roles (docs.github.com, "Rules": `actor_id` of a `RepositoryRole`). */
const ROLE_IDS: Readonly<Record<RoleName, number>> = {
  none: 0,
  read: 1,
  maintain: 2,
  triage: 3,
  write: 4,
  admin: 5,
};

const showBypass = (bypass: Bypass): Schemas["repository-ruleset-bypass-actor"] =>
  bypass.kind === "app"
    ? { actor_id: bypass.app.id, actor_type: "Integration", bypass_mode: "always" }
    : { actor_id: ROLE_IDS[bypass.role], actor_type: "RepositoryRole", bypass_mode: "always" };
