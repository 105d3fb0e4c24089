import { createHmac, randomUUID } from "node:crypto";
import { createLogger } from "../../app/logger.ts";
import { type Service, startService } from "../../app/service.ts";
import type { Settings } from "../../app/settings.ts";
import type { Work } from "../../app/work.ts";
import type { Instant } from "../../core/time.ts";
import type { Admitted } from "../../flows/admit.ts";
import type { Reconciled } from "../../flows/reconcile.ts";
import { newPrivateKey } from "../../sandbox/forge/apps.ts";

const privateKey = newPrivateKey();
const secret = "It's a Secret to Everybody";

/** A started app whose flows are whatever the test says. */
export interface RunningApp {
  readonly service: Service;
  readonly log: string[];
  /** Answers with the HTTP status. */
  deliver(event: string, payload: object, more?: Delivery): Promise<number>;
}

export interface Delivery {
  readonly guid?: string;
  readonly secret?: string;
}

export async function runApp(work: Partial<Work>, settings: Partial<Settings> = {}): Promise<RunningApp> {
  const log: string[] = [];
  const all: Settings = {
    host: "127.0.0.1",
    port: 0,
    appId: 1,
    privateKey: await privateKey,
    webhookSecret: secret,
    apiUrl: "http://127.0.0.1:9",
    repository: { owner: "wildlife", repo: "atlas" },
    sweepSeconds: 300,
    endsWithStdin: false,
    logLevel: "info",
    ...settings,
  };
  const service = await startService(
    all,
    createLogger("info", (line) => log.push(line)),
    { ...idle, ...work },
  );
  return {
    service,
    log,
    deliver: async (event, payload, { guid = randomUUID(), secret: signer = secret } = {}) => {
      const body = JSON.stringify(payload);
      const response = await fetch(`${service.url}/api/github/webhooks`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "x-github-event": event,
          "x-github-delivery": guid,
          "x-hub-signature-256": `sha256=${createHmac("sha256", signer).update(body).digest("hex")}`,
        },
        body,
      });
      await response.text();
      return response.status;
    },
  };
}

/** What came of a sweep that found nothing to do. */
export const sweptTo = (cursor: Instant | undefined): Reconciled => ({
  swept: { admitted: 0, settled: 0, failed: [], cursor },
  changes: [],
  systems: [],
  certificates: [],
  oddities: [],
});

export const idle: Work = {
  admit: async () => ({ kind: "ignored" }),
  sweep: async () => sweptTo(undefined),
  repositories: async () => ["wildlife/atlas"],
  announce: async () => undefined,
  deliveryLog: async () => ({ async *newest() {}, redeliver: async () => undefined }),
  forget: () => undefined,
};

export const ignored: Admitted = { kind: "ignored" };

/** What the handlers read of an `issues` event. */
export const issueEvent = (issue: number, more: object = {}) => ({
  action: "opened",
  issue: { number: issue, title: "secret-title", body: "secret-body" },
  repository: { full_name: "wildlife/atlas", default_branch: "main" },
  sender: { type: "User" },
  installation: { id: 5 },
  ...more,
});

export const commentEvent = (issue: number, via: number | null = null) => ({
  action: "created",
  issue: { number: issue, title: "secret-title" },
  comment: { body: "secret-body", performed_via_github_app: via === null ? null : { id: via } },
  repository: { full_name: "wildlife/atlas", default_branch: "main" },
  sender: { type: "User" },
  installation: { id: 5 },
});

export const pullEvent = (number: number, action = "opened") => ({
  action,
  number,
  pull_request: { number },
  repository: { full_name: "wildlife/atlas", default_branch: "main" },
  sender: { type: "User" },
  installation: { id: 5 },
});

export const pushEvent = (ref: string, modified: readonly string[]) => ({
  ref,
  deleted: false,
  repository: { full_name: "wildlife/atlas", default_branch: "main" },
  commits: [{ added: [], modified, removed: [] }],
  sender: { type: "User" },
  installation: { id: 5 },
});

/** Resolves once the condition holds; a test's own time limit ends the wait. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}
