import type { components } from "@octokit/openapi-types";
import { Hono } from "hono";
import * as z from "zod";
import type { Environment, Settings } from "./actions-settings.ts";
import type { HostedRepository } from "./hosted-repository.ts";
import { answer, type Env, type Request, readBody, repositoryOf, type Skin } from "./http.ts";
import { iso, nodeId } from "./ids.ts";
import type { Links } from "./links.ts";
import { paginate } from "./paging.ts";
import { demand, type Need } from "./permission.ts";
import { notFound } from "./refusal.ts";

type Schemas = components["schemas"];

const READ_ACTIONS: Need = { role: "read", scope: "actions", level: "read" };
const WRITE_ACTIONS: Need = { role: "write", scope: "actions", level: "write" };
const READ_SECRETS: Need = { role: "write", scope: "secrets", level: "read" };
const READ_VARIABLES: Need = { role: "write", scope: "actions_variables", level: "read" };
const READ_ENVIRONMENT: Need = { role: "write", scope: "environments", level: "read" };

const SUBJECT = z.object({
  use_default: z.boolean(),
  include_claim_keys: z.array(z.string()).default([]),
  use_immutable_subject: z.boolean().optional(),
});

/** What Actions are set to, below a repository: environments, names of secrets, variables, OIDC's subject. */
export function actionRoutes({ forge, links }: Skin): Hono<Env> {
  const routes = new Hono<Env>();
  const asked = (c: Request, need: Need): HostedRepository => {
    const repository = repositoryOf(c, forge);
    // Only what is read of Actions in general is public where the repository is.
    demand(c.var.actor, repository, need);
    return repository;
  };
  const environmentOf = (c: Request, repository: HostedRepository): Environment => {
    const found = repository.actions.environment(c.req.param("environment") ?? "");
    if (found === undefined) throw notFound();
    return found;
  };
  const secrets = (c: Request, settings: Settings) => {
    const all = settings.secrets.map(({ name, at }) => ({ name, created_at: iso(at), updated_at: iso(at) }));
    return answer(c, { total_count: all.length, secrets: paginate(c, all) });
  };
  const variables = (c: Request, settings: Settings) => {
    const all = settings.variables.map(({ at, ...one }) => ({
      ...one,
      created_at: iso(at),
      updated_at: iso(at),
    }));
    return answer(c, { total_count: all.length, variables: paginate(c, all) });
  };
  const subject = "/actions/oidc/customization/sub";
  routes.get(subject, (c) => answer(c, showSubject(asked(c, READ_ACTIONS))));
  routes.put(subject, async (c) => {
    const { actions } = asked(c, WRITE_ACTIONS);
    const { use_default, include_claim_keys, use_immutable_subject } = await readBody(c, SUBJECT);
    const immutable = use_immutable_subject ?? actions.oidcSubject.immutable;
    actions.oidcSubject = { useDefault: use_default, claims: include_claim_keys, immutable };
    return answer(c, {}, 201);
  });
  routes.get("/actions/secrets", (c) => secrets(c, asked(c, READ_SECRETS).actions.settings));
  routes.get("/actions/variables", (c) => variables(c, asked(c, READ_VARIABLES).actions.settings));
  routes.get("/environments", (c) => {
    const repository = asked(c, READ_ACTIONS);
    const all = repository.actions.environments.map((one) => showEnvironment(links, repository, one));
    return answer(c, { total_count: all.length, environments: paginate(c, all) });
  });
  routes.get("/environments/:environment", (c) => {
    const repository = asked(c, READ_ACTIONS);
    return answer(c, showEnvironment(links, repository, environmentOf(c, repository)));
  });
  routes.get("/environments/:environment/secrets", (c) =>
    secrets(c, environmentOf(c, asked(c, READ_ENVIRONMENT)).settings),
  );
  routes.get("/environments/:environment/variables", (c) =>
    variables(c, environmentOf(c, asked(c, READ_ENVIRONMENT)).settings),
  );
  return routes;
}

function showSubject({ actions, owner, id, name }: HostedRepository): Schemas["oidc-custom-sub-repo"] {
  const { useDefault, claims, immutable } = actions.oidcSubject;
  return {
    use_default: useDefault,
    ...(useDefault ? {} : { include_claim_keys: [...claims] }),
    use_immutable_subject: immutable,
    sub_claim_prefix: immutable
      ? `repo:${owner.login}@${owner.id}/${name}@${id}`
      : `repo:${owner.login}/${name}`,
  };
}

function showEnvironment(
  links: Links,
  repository: HostedRepository,
  { id, name, createdAt, isBound }: Environment,
): Schemas["environment"] {
  return {
    id,
    node_id: nodeId("EN", id),
    name,
    url: links.repo(repository, `environments/${encodeURIComponent(name)}`),
    html_url: links.page(
      repository,
      `deployments/activity_log?environments_filter=${encodeURIComponent(name)}`,
    ),
    created_at: iso(createdAt),
    updated_at: iso(createdAt),
    protection_rules: [],
    deployment_branch_policy: isBound ? { protected_branches: false, custom_branch_policies: true } : null,
  };
}
