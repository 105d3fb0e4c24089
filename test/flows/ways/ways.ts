import { setTimeout } from "node:timers/promises";
import { retry } from "@octokit/plugin-retry";
import { Octokit } from "@octokit/rest";
import type { ForgeClient } from "../../../adapters/github/client.ts";
import { startSync } from "../../../adapters/github/sync-start.ts";
import { createLogger } from "../../../app/logger.ts";
import { WEBHOOK_PATH } from "../../../app/server.ts";
import { startService } from "../../../app/service.ts";
import { instantOf } from "../../../core/time.ts";
import { type AdmitPorts, admit } from "../../../flows/admit.ts";
import { processSubmissions } from "../../../flows/process-submissions.ts";
import { reconcile } from "../../../flows/reconcile.ts";
import type { Swept } from "../../../flows/sweep.ts";
import type { ForgeEvent } from "../../../sandbox/forge/events.ts";
import type { RealmOnForge } from "../../fixtures/realm-on-forge.ts";

/** One of the three ways in which submissions are worked on. */
export interface Way {
  /** Resolves once nothing is left to do. */
  quiet(): Promise<void>;
  stop(): Promise<void>;
}

export type StartWay = (realm: RealmOnForge) => Promise<Way>;

const repository = { owner: "wildlife", repo: "atlas" };
const fullName = "wildlife/atlas";

/** As the CLI's and the actions' client, but a retry waits no quarter of a second. */
const clientOf = (realm: RealmOnForge): ForgeClient => {
  const quiet = (): void => undefined;
  return new (Octokit.plugin(retry))({
    auth: realm.forge.tokens.issue(realm.app).token,
    baseUrl: realm.url,
    retry: { retries: 2, retryAfterBaseValue: 1 },
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
  });
};

/** `warren reconcile`, again and again: nothing is remembered between. */
export const byReconcile: StartWay = async (realm) => ({
  quiet: () => untilQuiet(async () => (await reconcile(realm.bot({}, clientOf(realm)))).swept),
  stop: async () => undefined,
});

/** The app itself: webhooks over HTTP, its queue and its sweeps. */
export const byApp: StartWay = async (realm) => {
  const ports = realm.bot({}, clientOf(realm));
  const { app } = realm;
  app.hook.secret = "It's a Secret to Everybody";
  const sweeps: Swept[] = [];
  const service = await startService(
    {
      host: "127.0.0.1",
      port: 0,
      appId: app.id,
      privateKey: app.privateKey,
      webhookSecret: app.hook.secret,
      apiUrl: realm.url,
      repository,
      sweepSeconds: 0.2,
      endsWithStdin: false,
      logLevel: "error",
    },
    createLogger("error", () => undefined),
    {
      admit: (_repository, issue) => admit(ports, issue),
      sweep: async (_repository, since, saw) => {
        const done = await reconcile(ports, { saw, ...(since === undefined ? {} : { since }) });
        sweeps.push(done.swept);
        return done;
      },
      repositories: async () => [fullName],
      announce: () => startSync(clientOf(realm), repository),
      deliveryLog: async () => ({ async *newest() {}, redeliver: async () => undefined }),
      forget: () => undefined,
    },
  );
  app.hook.url = `${service.url}${WEBHOOK_PATH}`;
  return {
    quiet: async () => {
      await realm.webhooks.settled();
      const since = sweeps.length;
      // The first one may have begun before the last webhook came.
      while (!sweeps.slice(since + 1).some(isIdle)) await setTimeout(50);
    },
    stop: () => service.stop(),
  };
};

/**
 * The workflow process-submissions: a run for each event, one at a time; of those that wait GitHub keeps the latest, and
 * cancels the others. What the workflow's own token does starts none.
 */
export const byActions: StartWay = async (realm) => {
  let running: Promise<void> | undefined;
  let pending: number | undefined;
  let coming = 0;
  const run = async (first: number): Promise<void> => {
    const since = instantOf(new Date(Date.now() - 24 * 3_600_000));
    // A red run, until the next.
    await processSubmissions(freshPorts(realm), { first, since }).catch(() => undefined);
  };
  const trigger = (issue: number): void => {
    pending = issue;
    running ??= (async () => {
      while (pending !== undefined) {
        const next: number = pending;
        pending = undefined;
        await run(next);
      }
      running = undefined;
    })();
  };
  const unlisten = realm.forge.listen((event) => {
    const issue = issueOf(event);
    if (issue === undefined || event.sender === realm.app.bot) return;
    for (const late of realm.forge.troubles?.delivery() ?? [0]) {
      coming += 1;
      void setTimeout(late).then(() => {
        coming -= 1;
        trigger(issue);
      });
    }
  });
  const settled = async (): Promise<void> => {
    while (coming > 0 || running !== undefined) await (running ?? setTimeout(5));
  };
  return {
    quiet: async () => {
      await settled();
      // The schedule.
      await untilQuiet(async () => (await processSubmissions(freshPorts(realm))).swept);
    },
    stop: async () => {
      unlisten();
      await settled();
    },
  };
};

const freshPorts = (realm: RealmOnForge): AdmitPorts => realm.bot({}, clientOf(realm));

const issueOf = (event: ForgeEvent): number | undefined => {
  if (event.name === "issues" && event.action !== "labeled" && event.action !== "unlabeled")
    return event.issue.number;
  return event.name === "issue_comment" ? event.comment.issue.number : undefined;
};

const isIdle = ({ admitted, failed }: Swept): boolean => admitted === 0 && failed.length === 0;

const MOST_SWEEPS = 200;

/** Sweeps until one finds nothing to do; one that fails is repeated, as every caller does. */
async function untilQuiet(sweep: () => Promise<Swept>): Promise<void> {
  for (let sweeps = 0; sweeps < MOST_SWEEPS; sweeps++) {
    const swept = await sweep().catch(() => undefined);
    if (swept !== undefined && isIdle(swept)) return;
  }
  throw new Error(`there was still something to do after ${MOST_SWEEPS} sweeps`);
}
