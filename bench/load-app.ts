import { createAppAuth } from "@octokit/auth-app";
import { Octokit } from "@octokit/rest";
import { fetchInTime } from "../adapters/github/client.ts";
import { createLogger } from "../app/logger.ts";
import { startService } from "../app/service.ts";
import { RealmWork } from "../app/work.ts";

export interface LoadedForge {
  readonly url: string;
  readonly appId: number;
  readonly installationId: number;
  readonly privateKey: string;
}

/**
 * The app of a load, as it ships but for one thing: its clients don't keep to GitHub's pace of a comment a second, at
 * which the answers would take an hour. No sweep helps the webhooks.
 */
export async function runApp({ url, appId, privateKey }: LoadedForge): Promise<void> {
  const clients = new Map<number | undefined, Octokit>();
  const newClient = (installationId?: number) =>
    new Octokit({
      authStrategy: createAppAuth,
      auth: { appId, privateKey, ...(installationId === undefined ? {} : { installationId }) },
      baseUrl: url,
      request: { fetch: fetchInTime },
    });
  const clientFor = async (installation?: number) => {
    const client = clients.get(installation) ?? newClient(installation);
    clients.set(installation, client);
    return client;
  };
  const repository = { owner: "wildlife", repo: "atlas" };
  const log = createLogger("error", (line) => process.stderr.write(line));
  const service = await startService(
    {
      host: "127.0.0.1",
      port: 0,
      appId,
      privateKey,
      webhookSecret: "load",
      apiUrl: url,
      repository,
      sweepSeconds: 86_400,
      metrics: { host: "127.0.0.1", port: 0 },
      endsWithStdin: false,
      logLevel: "error",
    },
    log,
    new RealmWork({ clientFor, appId, only: repository }),
  );
  process.on("message", () => {
    globalThis.gc?.();
    const { heapUsed, external, rss } = process.memoryUsage();
    process.send?.({ heap: heapUsed + external, rss });
  });
  process.send?.({ url: service.url, metrics: service.metricsUrl });
}
