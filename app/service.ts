import { once } from "node:events";
import type { Server } from "node:http";
import type { Logger } from "pino";
import { createNodeMiddleware, Probot } from "probot";
import { fetchInTime } from "../adapters/github/client.ts";
import { Failure } from "../core/failure.ts";
import { calm } from "./calm.ts";
import { Deliveries } from "./deliveries.ts";
import { Dispatches } from "./dispatches.ts";
import { listen } from "./events.ts";
import { Health } from "./health.ts";
import { type Hint, Hints } from "./hints.ts";
import { createMetricsServer, Metrics } from "./metrics.ts";
import { MissedDeliveries } from "./missed-deliveries.ts";
import { pacedOctokit } from "./paced-octokit.ts";
import { Pause } from "./pause.ts";
import { Rechecks } from "./rechecks.ts";
import { createWebhookServer, WEBHOOK_PATH } from "./server.ts";
import type { Settings } from "./settings.ts";
import { Sweeps } from "./sweeps.ts";
import { BodyReader } from "./webhook-body.ts";
import { RealmWork, type Work } from "./work.ts";

/** A running app. */
export interface Service {
  readonly url: string;
  /** Where `/metrics` is, if it is asked for. */
  readonly metricsUrl?: string;
  /** Takes nothing more, and finishes what it began. */
  stop(): Promise<void>;
}

/** `work` left out: the flows on GitHub. Resolves when webhooks are answered. */
export async function startService(settings: Settings, log: Logger, work?: Work): Promise<Service> {
  const { appId, repository, sweepSeconds, webhookSecret } = settings;
  const [metrics, health, pause] = [new Metrics(), new Health(sweepSeconds), new Pause()];
  const probot = new Probot({
    appId,
    privateKey: settings.privateKey,
    secret: webhookSecret,
    ...(settings.apiUrl === undefined ? {} : { baseUrl: settings.apiUrl }),
    request: { fetch: fetchInTime },
    Octokit: pacedOctokit((limit, seconds) => {
      log.warn({ limit, seconds }, "GitHub asks to wait");
      metrics.limits.inc({ limit });
      if (limit === "secondary") pause.hold(seconds);
    }),
    // Below `warn`, Octokit's log holds request bodies.
    log: log.child({}, { level: "warn" }),
  });
  await probot.ready();

  const only = repository === undefined ? undefined : `${repository.owner}/${repository.repo}`;
  const flows =
    work ??
    new RealmWork({
      clientFor: (installation) => probot.auth(installation),
      appId,
      reached: () => health.reached(),
      caKey: settings.caKey,
      ...(repository === undefined ? {} : { only: repository }),
    });
  const worked = (by: "webhook" | "sweep", outcome: string): void => {
    metrics.worked.inc({ by, outcome });
    if (outcome !== "failed" && outcome !== "later" && outcome !== "postponed") health.reached();
  };
  const hints = new Hints({
    work: async (hint) => {
      const outcome = await workOn(flows, hint, log);
      if (outcome === "postponed") rechecks.later(hint.repository);
      worked("webhook", outcome);
    },
    failed: ({ what, repository, number }, error) => {
      worked("webhook", "failed");
      if (what === "pull") rechecks.later(repository);
      log.error({ repository, number, err: error }, "left to the sweep");
    },
    pause,
    calm,
  });
  const rechecks = new Rechecks({ work: flows, hints, log });
  const missed = new MissedDeliveries({
    log,
    deliveryLog: () => flows.deliveryLog(),
    counted: (outcome) => metrics.missed.inc({ outcome }),
  });
  const sweeps = new Sweeps({
    work: flows,
    log,
    seconds: sweepSeconds,
    pause,
    saw: (outcome) => worked("sweep", outcome),
    swept: (outcome) => {
      metrics.sweeps.inc({ outcome });
      if (outcome !== "failed") health.reached();
      if (outcome === "clean") metrics.sweptAt.setToCurrentTime();
    },
    afterwards: async () => {
      await rechecks.afterSweeps();
      await missed.ask();
    },
  });
  const dispatches = new Dispatches({
    send: (repository) => flows.announce(repository),
    sent: (repository, error) => {
      metrics.dispatches.inc({ outcome: error === undefined ? "sent" : "failed" });
      if (error !== undefined) log.error({ repository, err: error }, "no sync was started");
    },
  });
  metrics.watch("warren_waiting", "issues and pull requests in the queue", () => hints.waiting);
  metrics.watch("warren_paused_seconds", "how long GitHub is left alone", () => pause.secondsLeft);

  const events = {
    hints,
    sweeps,
    dispatches,
    recheck: (repository: string) => rechecks.request(repository),
    deliveries: new Deliveries(),
    metrics,
    work: flows,
    appId,
    log,
  };
  const webhooks = await createNodeMiddleware(
    (app) => listen(app, only === undefined ? events : { ...events, only }),
    { probot, webhooksPath: WEBHOOK_PATH },
  );
  const server = createWebhookServer({
    webhooks,
    health,
    bodies: new BodyReader(webhookSecret),
    answered: (status, seconds) => metrics.answered.observe({ status }, seconds),
    refused: atMostOnceA(MINUTE_MS, (says) => log.warn({ says }, "webhook refused")),
  });
  const url = await listening(server, settings.host, settings.port);
  const counts = settings.metrics === undefined ? undefined : createMetricsServer(metrics);
  const metricsUrl =
    counts === undefined || settings.metrics === undefined
      ? undefined
      : `${await listening(counts, settings.metrics.host, settings.metrics.port)}/metrics`;
  sweeps.request({ whole: true });

  return {
    url,
    ...(metricsUrl === undefined ? {} : { metricsUrl }),
    async stop() {
      health.stopping();
      server.close();
      server.closeIdleConnections();
      await Promise.all([hints.stop(), sweeps.stop(), rechecks.stop()]);
      // Last: what was finished just now may have moved the registry.
      await dispatches.stop();
      server.closeAllConnections();
      counts?.close();
      counts?.closeAllConnections();
    },
  };
}

async function workOn(work: Work, { what, repository, number }: Hint, log: Logger): Promise<string> {
  if (what === "pull") {
    const outcome = await work.onPullRequest?.(repository, number);
    if (outcome === "postponed")
      log.warn({ repository, number }, "check postponed: half of GitHub's limit is used");
    return outcome === "postponed" ? "postponed" : "pull request";
  }
  const outcome = await work.admit(repository, number);
  if (outcome.kind !== "ignored") log.info({ repository, issue: number, kind: outcome.kind }, "admitted");
  // Whatever did not answer may do so in a moment: the queue tries again.
  if (outcome.kind === "later") throw new Failure("unavailable", outcome.why);
  return outcome.kind;
}

const MINUTE_MS = 60_000;

/** A wrong secret must show in the log; a stranger must not be able to fill it. */
function atMostOnceA<T>(ms: number, tell: (value: T) => void): (value: T) => void {
  let next = 0;
  return (value) => {
    if (performance.now() < next) return;
    next = performance.now() + ms;
    tell(value);
  };
}

/** Resolves with the URL. */
async function listening(server: Server, host: string, port: number): Promise<string> {
  server.listen(port, host);
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a server without a port");
  const name = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return `http://${name}:${address.port}`;
}
