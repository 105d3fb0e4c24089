import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { BodyReader } from "./webhook-body.ts";

/** How long a refused sender may take to hear that it is. */
const LAST_WORDS_MS = 500;

export const WEBHOOK_PATH = "/api/github/webhooks";

/** As Probot's middleware takes it; a `body` that is there already is not read again. */
export type Middleware = (request: IncomingMessage & { body?: string }, response: ServerResponse) => unknown;

/** `GET /healthz`, and the webhook. Whatever can be refused before its body is read is refused then. */
export function createWebhookServer(webhooks: Middleware, bodies = new BodyReader()): Server {
  const server = createServer((request, response) => {
    answer(request, response).catch(() => {
      if (!response.headersSent) say(response, 500, "internal error");
    });
  });
  server.requestTimeout = 30_000;
  return server;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url?.split("?", 1)[0];
    if (path === "/healthz" && (request.method === "GET" || request.method === "HEAD")) {
      return say(response, 200, "ok");
    }
    if (path !== WEBHOOK_PATH) return refuse(request, response, 404, "nothing is here");
    if (request.method !== "POST") return refuse(request, response, 405, "webhooks are sent by POST");
    const signature = request.headers["x-hub-signature-256"];
    if (typeof signature !== "string" || !/^sha256=[0-9a-f]{64}$/.test(signature)) {
      return refuse(request, response, 400, "X-Hub-Signature-256 is missing, or no HMAC-SHA256");
    }
    const body = await bodies.read(request);
    if (body.kind === "refused") return refuse(request, response, body.status, body.says);
    await webhooks(Object.assign(request, { body: body.text }), response);
  }
}

function say(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "content-type": "text/plain" }).end(`${text}\n`);
}

/** The rest of the body is thrown away for a moment: a connection reset at once would take the answer with it. */
function refuse(request: IncomingMessage, response: ServerResponse, status: number, text: string): void {
  const body = Buffer.from(`${text}\n`);
  const headers = { "content-type": "text/plain", "content-length": body.length, connection: "close" };
  response.writeHead(status, headers).write(body);
  request.resume();
  const end = () => {
    response.end();
    request.destroy();
  };
  if (request.complete) end();
  else setTimeout(end, LAST_WORDS_MS).unref();
}
