import * as z from "zod";
import { causeOf, Failure, unavailable } from "../../core/failure.ts";
import type { People } from "../../core/ports/people.ts";
import type { Team } from "../../core/realm/realm.ts";
import type { Account } from "../../core/submission/issue.ts";
import type { ForgeClient } from "./client.ts";
import { Forge } from "./forge.ts";

const user = z.object({ id: z.number(), login: z.string() });
const membership = z.object({ state: z.enum(["active", "pending"]) });

const MOST_MEMBERS = 10_000;

/** Team membership. GitHub asks for it by login, so the login is looked up by id, before and after. */
export class GitHubPeople implements People {
  readonly #forge: Forge;

  constructor(client: ForgeClient) {
    this.#forge = new Forge(client);
  }

  async isMember({ team }: Team, { id }: Account): Promise<boolean> {
    const [org = "", slug = ""] = team.split("/");
    try {
      const login = await this.#loginOf(id);
      if (login === undefined) return false;
      const route = "GET /orgs/{org}/teams/{team_slug}/memberships/{username}";
      const found = await this.#forge.find(route, { org, team_slug: slug, username: login }, membership);
      if (found === undefined) await this.#mustBeThere(org, slug);
      if (found?.state !== "active") return false;
      // A login that changed hands between the two requests would lend its new owner's membership to the old.
      if ((await this.#loginOf(id)) === login) return true;
    } catch (error) {
      throw unreadable(team, error);
    }
    throw unavailable(`forge ${this.#forge.host}`, `account ${id} changed its name while it was asked for`);
  }

  async members({ team }: Team): Promise<ReadonlySet<number>> {
    const [org = "", slug = ""] = team.split("/");
    const route = "GET /orgs/{org}/teams/{team_slug}/members";
    try {
      const found = await this.#forge.list(route, { org, team_slug: slug }, z.array(user), MOST_MEMBERS);
      return new Set(found.map(({ id }) => id));
    } catch (error) {
      throw unreadable(team, error);
    }
  }

  /** GitHub says 404 of a team that is gone, too: nobody would be in it, and a rule that refuses its members void. */
  async #mustBeThere(org: string, slug: string): Promise<void> {
    const route = "GET /orgs/{org}/teams/{team_slug}/members";
    await this.#forge.get(route, { org, team_slug: slug, per_page: 1 }, z.array(user));
  }

  /** Undefined where GitHub no longer knows the account. */
  async #loginOf(id: number): Promise<string | undefined> {
    const found = await this.#forge.find("GET /user/{account_id}", { account_id: id }, user);
    return found?.id === id ? found.login : undefined;
  }
}

const unreadable = (team: string, cause: unknown): Failure =>
  new Failure(
    "unavailable",
    `team ${JSON.stringify(team)} can't be asked for its members: ${causeOf(cause)}`,
    {
      hint: "the app needs the organization permission Members: read",
      cause,
    },
  );
