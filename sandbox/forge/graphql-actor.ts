import type { Account } from "./accounts.ts";
import { iso } from "./ids.ts";
import type { Links } from "./links.ts";
import { accountNodeId } from "./show-account.ts";

/** An account as GraphQL shows it; null where it was deleted. A bot's login goes without its `[bot]` here. */
export function viewActor(links: Links, account: Account) {
  if (account.gone) return null;
  const login = account.type === "Bot" ? account.login.replace(/\[bot\]$/, "") : account.login;
  return { ...viewUser(links, account), __typename: account.type, login };
}

export function viewUser(links: Links, account: Account) {
  return {
    __typename: "User",
    id: accountNodeId(account),
    databaseId: account.id,
    login: account.login,
    name: null,
    email: "",
    avatarUrl: links.api(`avatars/u/${account.id}`),
    url: links.api(account.login),
    resourcePath: `/${account.login}`,
    createdAt: iso(account.createdAt),
    updatedAt: iso(account.createdAt),
  };
}
