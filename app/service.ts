import { once } from "node:events";
import type { Server } from "node:http";
import type { Logger } from "pino";
import { createNodeMiddleware, Probot } from "probot";
import { fetchInTime } from "../adapters/github/client.ts";
import { Failure } from "../core/failure.ts";
import { Deliveries } from "./deliveries.ts";
import { listen } from "./events.ts";
import { type Hint, Hints } from "./hints.ts";
import { PacedOctokit } from "./paced-octokit.ts";
import { createWebhookServer, WEBHOOK_PATH } from "./server.ts";
import type { Settings } from "./settings.ts";
import { Sweeps } from "./sweeps.ts";
import { RealmWork, type Work } from "./work.ts";

/** A running app. */
export interface Service {
  readonly url: string;
  /** Takes nothing more, and finishes what it began. */
  stop(): Promise<void>;
}

/** `work` left out: the flows on GitHub. Resolves when webhooks are answered. */
export async function startService(settings: Settings, log: Logger, work?: Work): Promise<Service> {
  const probot = new Probot({
    appId: settings.appId,
    privateKey: settings.privateKey,
    secret: settings.webhookSecret,
    ...(settings.apiUrl === undefined ? {} : { baseUrl: settings.apiUrl }),
    request: { fetch: fetchInTime },
    Octokit: PacedOctokit,
    // Below `warn`, Octokit's log holds request bodies.
    log: log.child({}, { level: "warn" }),
  });
  await probot.ready();

  const { appId, repository } = settings;
  const only = repository === undefined ? undefined : `${repository.owner}/${repository.repo}`;
  const flows =
    work ??
    new RealmWork({
      clientFor: (installation) => probot.auth(installation),
      appId,
      ...(repository === undefined ? {} : { only: repository }),
    });
  const hints = new Hints({
    work: (hint) => admitted(flows, hint, log),
    failed: ({ repository, issue }, error) =>
      log.error({ repository, issue, err: error }, "left to the sweep"),
  });
  const sweeps = new Sweeps({ work: flows, log, seconds: settings.sweepSeconds });
  const deliveries = new Deliveries();
  const events = {
    hints,
    sweeps,
    deliveries,
    work: flows,
    appId,
    log,
    ...(only === undefined ? {} : { only }),
  };
  const webhooks = await createNodeMiddleware((app) => listen(app, events), {
    probot,
    webhooksPath: WEBHOOK_PATH,
  });

  const server = createWebhookServer(webhooks);
  server.listen(settings.port, settings.host);
  await once(server, "listening");
  sweeps.request({ whole: true });

  return {
    url: urlOf(server),
    async stop() {
      server.close();
      server.closeIdleConnections();
      await Promise.all([hints.stop(), sweeps.stop()]);
      server.closeAllConnections();
    },
  };
}

async function admitted(work: Work, { repository, issue }: Hint, log: Logger): Promise<void> {
  const outcome = await work.admit(repository, issue);
  if (outcome.kind !== "ignored") log.info({ repository, issue, kind: outcome.kind }, "admitted");
  // Whatever did not answer may do so in a moment: the queue tries again.
  if (outcome.kind === "later") throw new Failure("unavailable", outcome.why);
}

function urlOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a server without a port");
  const host = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return `http://${host}:${address.port}`;
}
