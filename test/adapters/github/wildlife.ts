import { createAppAuth } from "@octokit/auth-app";
import { Octokit } from "@octokit/rest";
import { type ForgeClient, githubClient } from "../../../adapters/github/client.ts";
import { type App, newPrivateKey } from "../../../sandbox/forge/apps.ts";
import { Forge, type ForgeOptions } from "../../../sandbox/forge/forge.ts";
import type { Refusal } from "../../../sandbox/forge/refusal.ts";
import { serveChecked } from "../../sandbox/forge-checked.ts";

/** One for all tests of a file: RSA keys take a while to make. */
const privateKey = newPrivateKey();

const nothing = (): void => undefined;
const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing };

export const wildlife = { owner: "wildlife", repo: "atlas" };

/** The repository wildlife/atlas on a forge over HTTP, with its bot and a clock that stands still. */
export interface Wildlife {
  readonly forge: Forge;
  readonly app: App;
  readonly url: string;
  readonly bot: ForgeClient;
  /** `GET /repos/…`, in the order of arrival; token requests left out. */
  readonly requests: string[];
  /** Answers the next request that matches in the forge's place. */
  refuseNext(pattern: RegExp, refusal: Refusal): void;
  as(login: string): ForgeClient;
  /** Turns the clock on. */
  tick(seconds?: number): void;
  close(): Promise<void>;
}

export async function startWildlife(options: Partial<ForgeOptions> = {}): Promise<Wildlife> {
  let now = Date.parse("2026-11-21T08:00:00Z");
  const forge = new Forge({
    now: () => new Date(now),
    owner: wildlife.owner,
    repository: wildlife.repo,
    repositoryId: 42,
    people: { alice: 583231, bob: 583232, tess: 7, walt: 8 },
    roles: { alice: "admin", tess: "triage", walt: "write" },
    teams: { field: ["bob"] },
    files: { "realm.yaml": "realm: atlas\n" },
    ...options,
  });
  const app = await forge.createApp({ slug: "warren", privateKey: await privateKey });
  const requests: string[] = [];
  const refusals: { pattern: RegExp; refusal: Refusal }[] = [];
  const served = await serveChecked(forge, {
    fault: ({ method, path }) => {
      const request = `${method} ${path}`;
      if (path.includes("access_tokens")) return undefined;
      requests.push(request);
      const at = refusals.findIndex(({ pattern }) => pattern.test(request));
      return at < 0 ? undefined : refusals.splice(at, 1)[0]?.refusal;
    },
  });
  const auth = { appId: app.id, privateKey: app.privateKey, installationId: app.installationId };
  return {
    forge,
    app,
    url: served.url,
    bot: new Octokit({ authStrategy: createAppAuth, auth, baseUrl: served.url, log: silent }),
    requests,
    refuseNext: (pattern, refusal) => refusals.push({ pattern, refusal }),
    as: (login) => githubClient({ token: `sandbox-${login}`, baseUrl: served.url }),
    tick: (seconds = 1) => {
      now += seconds * 1000;
    },
    close: served.close,
  };
}
