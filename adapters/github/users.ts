import * as z from "zod";
import type { AccountLookup } from "../../core/inspection.ts";
import type { Account } from "../../core/submission/issue.ts";
import type { ForgeClient } from "./client.ts";
import { Forge } from "./forge.ts";

const user = z.object({ id: z.number(), login: z.string() });

/** Accounts by login and by id; anybody may ask. */
export class GitHubUsers implements AccountLookup {
  readonly #forge: Forge;

  constructor(client: ForgeClient) {
    this.#forge = new Forge(client);
  }

  named(login: string): Promise<Account | undefined> {
    return this.#forge.find("GET /users/{username}", { username: login }, user);
  }

  async of(id: number): Promise<Account | undefined> {
    const found = await this.#forge.find("GET /user/{account_id}", { account_id: id }, user);
    return found?.id === id ? found : undefined;
  }
}
