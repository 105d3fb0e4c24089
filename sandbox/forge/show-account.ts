import type { components } from "@octokit/openapi-types";
import type { Account } from "./accounts.ts";
import type { App } from "./apps.ts";
import { iso, nodeId } from "./ids.ts";
import type { Links } from "./links.ts";

type Schemas = components["schemas"];

/** Whom GitHub shows in place of a deleted account. */
const GHOST = { id: 10_137, login: "ghost", type: "User", gone: false } as const;

export function showAccount(links: Links, account: Account): Schemas["simple-user"] {
  const { id, login, type } = account.gone ? GHOST : account;
  const api = links.api(`users/${encodeURIComponent(login)}`);
  return {
    login,
    id,
    node_id: nodeId(NODE_PREFIX[type], id),
    avatar_url: links.api(`avatars/u/${id}`),
    gravatar_id: "",
    url: api,
    html_url: links.api(type === "Bot" ? `apps/${login.replace(/\[bot\]$/, "")}` : login),
    followers_url: `${api}/followers`,
    following_url: `${api}/following{/other_user}`,
    gists_url: `${api}/gists{/gist_id}`,
    starred_url: `${api}/starred{/owner}{/repo}`,
    subscriptions_url: `${api}/subscriptions`,
    organizations_url: `${api}/orgs`,
    repos_url: `${api}/repos`,
    events_url: `${api}/events{/privacy}`,
    received_events_url: `${api}/received_events`,
    type,
    user_view_type: "public",
    site_admin: false,
  };
}

const NODE_PREFIX = { User: "U", Bot: "BOT", Organization: "O" } as const;

export const accountNodeId = ({ id, type }: Account): string => nodeId(NODE_PREFIX[type], id);

/** The account's own page of facts; GitHub fills many more, all of them optional to clients. */
export function showProfile(links: Links, account: Account): Schemas["public-user"] {
  return {
    ...showAccount(links, account),
    name: null,
    company: null,
    blog: "",
    location: null,
    email: null,
    hireable: null,
    bio: null,
    public_repos: 0,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: iso(account.createdAt),
    updated_at: iso(account.createdAt),
  };
}

export function showApp(links: Links, app: App): NonNullable<Schemas["integration"]> {
  return {
    id: app.id,
    slug: app.slug,
    client_id: app.clientId,
    node_id: nodeId("A", app.id),
    owner: showAccount(links, app.installedOn),
    name: app.name,
    description: "",
    external_url: links.root,
    html_url: links.api(`apps/${app.slug}`),
    created_at: iso(app.createdAt),
    updated_at: iso(app.createdAt),
    permissions: { ...app.permissions },
    events: [...app.events],
  };
}
