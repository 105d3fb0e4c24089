import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Health } from "./health.ts";
import type { BodyReader } from "./webhook-body.ts";

/** How long a refused sender may take to hear that it is. */
const LAST_WORDS_MS = 500;

export const WEBHOOK_PATH = "/api/github/webhooks";

/** As Probot's middleware takes it; a `body` that is there already is not read again. */
export type Middleware = (request: IncomingMessage & { body?: string }, response: ServerResponse) => unknown;

export interface WebhookServerOptions {
  readonly webhooks: Middleware;
  readonly health: Health;
  readonly bodies: BodyReader;
  /** Told of each request to the webhook. */
  readonly answered?: (status: number, seconds: number) => void;
  /** Told why one was refused. */
  readonly refused?: (says: string) => void;
}

/** Each may hold a small body in memory before its signature can be checked. */
const MOST_CONNECTIONS = 500;

/** The webhook, `/healthz` and `/readyz`. Whatever can be refused before its body is read is refused then. */
export function createWebhookServer(options: WebhookServerOptions): Server {
  const { webhooks, health, bodies, answered = () => undefined, refused = () => undefined } = options;
  const server = createServer((request, response) => {
    if (pathOf(request) === WEBHOOK_PATH) {
      const began = performance.now();
      response.once("close", () => answered(response.statusCode, (performance.now() - began) / 1000));
    }
    answer(request, response).catch(() => {
      if (!response.headersSent) say(response, 500, "internal error");
    });
  });
  server.requestTimeout = 30_000;
  server.headersTimeout = 10_000;
  server.maxConnections = MOST_CONNECTIONS;
  return server;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = pathOf(request);
    const reads = request.method === "GET" || request.method === "HEAD";
    if (path === "/healthz" && reads) return say(response, 200, "ok");
    if (path === "/readyz" && reads) {
      const { trouble } = health;
      return say(response, trouble === undefined ? 200 : 503, trouble ?? "ok");
    }
    if (path !== WEBHOOK_PATH) return refuse(request, response, 404, "nothing is here");
    if (request.method !== "POST") return refuse(request, response, 405, "webhooks are sent by POST");
    // What is refused is on GitHub's list of failed deliveries, which the next start reads.
    if (health.isStopping) return refuse(request, response, 503, "the app is stopping");
    const signature = request.headers["x-hub-signature-256"];
    if (typeof signature !== "string" || !/^sha256=[0-9a-f]{64}$/.test(signature)) {
      return refuse(request, response, 400, "X-Hub-Signature-256 is missing, or no HMAC-SHA256");
    }
    const body = await bodies.read(request, signature.slice("sha256=".length));
    if (body.kind === "refused") {
      refused(body.says);
      return refuse(request, response, body.status, body.says);
    }
    await webhooks(Object.assign(request, { body: body.text }), response);
  }
}

const pathOf = (request: IncomingMessage): string | undefined => request.url?.split("?", 1)[0];

function say(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "content-type": "text/plain" }).end(`${text}\n`);
}

/** Thrown away at most: a hundred megabytes in half a second would be garbage faster than it is collected. */
const MOST_DRAINED = 1024 * 1024;

/** Some of the body is thrown away for a moment: a connection reset at once would take the answer with it. */
function refuse(request: IncomingMessage, response: ServerResponse, status: number, text: string): void {
  const body = Buffer.from(`${text}\n`);
  const headers = { "content-type": "text/plain", "content-length": body.length, connection: "close" };
  response.writeHead(status, headers).write(body);
  let drained = 0;
  request.on("data", (chunk: Buffer) => {
    drained += chunk.length;
    if (drained > MOST_DRAINED) request.pause();
  });
  const end = () => {
    response.end();
    request.destroy();
  };
  if (request.complete) end();
  else setTimeout(end, LAST_WORDS_MS).unref();
}
