import { createHash, randomBytes } from "node:crypto";
import { createServer, type Server } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { Hono, type MiddlewareHandler } from "hono";
import { authenticate, tokenIn } from "./authenticate.ts";
import type { Exchange } from "./exchange.ts";
import type { Forge } from "./forge.ts";
import { graphqlRoutes } from "./graphql.ts";
import { type Env, refuse, type Skin } from "./http.ts";
import { Links } from "./links.ts";
import { notFound, Refusal } from "./refusal.ts";
import { restRoutes } from "./rest.ts";
import { githubSchema } from "./schema.ts";
import { unwell } from "./unwell.ts";
import { type DeliveryPolicy, Webhooks } from "./webhooks.ts";

export type Fault = (request: {
  readonly method: string;
  readonly path: string;
}) => Refusal | undefined | Promise<Refusal | undefined>;

export interface ServeOptions {
  /** Any free one if left out. */
  readonly port?: number;
  /** How webhooks go out; as the forge's troubles say if left out, and without any at once and in order. */
  readonly deliver?: DeliveryPolicy;
  /** Asked before each request: a refusal is answered in its place, as when GitHub is down, late or limits. */
  readonly fault?: Fault;
  /** Sees every answer before it goes out, and before troubles come over it. */
  readonly saw?: (exchange: Exchange) => void;
}

export interface ServedForge {
  /** Deliveries as they went, and the policy by which they go. */
  readonly webhooks: Webhooks;
  /** Octokit's `baseUrl`; `<url>/api/v3` serves as well. */
  readonly url: string;
  close(): Promise<void>;
}

/** Puts a forge on HTTP, on 127.0.0.1. */
export async function serveForge(forge: Forge, options: ServeOptions = {}): Promise<ServedForge> {
  const webhooks = new Webhooks(forge, options.deliver);
  const app = skin(forge, webhooks, options);
  const server = createServer(getRequestListener(app.fetch));
  await listen(server, options.port ?? 0);
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("forge listens on no port");
  forge.url = `http://127.0.0.1:${address.port}`;
  // It holds everything up for a quarter of a second: better now than in the first query.
  const built = setImmediate(githubSchema);
  return {
    url: forge.url,
    webhooks,
    close: () => {
      clearImmediate(built);
      webhooks.close();
      return new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

function skin(forge: Forge, webhooks: Webhooks, { fault, saw }: ServeOptions): Hono<Env> {
  const links = new Links(() => forge.url);
  const parts: Skin = { forge, links, webhooks };
  const app = new Hono<Env>({ strict: false });
  const limits = new Map<string, number>();
  app.use("*", unwell(forge));
  if (saw !== undefined) app.use("*", watched(saw));
  app.use("*", async (c, next) => {
    c.header("x-github-request-id", randomBytes(10).toString("hex").toUpperCase());
    c.header("x-github-media-type", "github.v3; format=json");
    const refusal = await fault?.({ method: c.req.method, path: c.req.path });
    if (refusal !== undefined) throw refusal;
    const token = tokenIn(c.req.header("authorization"));
    c.set("token", token);
    c.set("actor", await authenticate(forge, token));
    const limit = c.var.actor.kind === "nobody" ? 60 : 5000;
    const used = (limits.get(token ?? "") ?? 0) + 1;
    limits.set(token ?? "", used);
    c.header("x-ratelimit-limit", String(limit));
    c.header("x-ratelimit-used", String(used));
    c.header("x-ratelimit-remaining", String(Math.max(0, limit - used)));
    c.header("x-ratelimit-reset", String(Math.floor(Date.now() / 1000) + 3600));
    await next();
  });
  app.use("*", async (c, next) => {
    await next();
    if (c.req.method !== "GET" || c.res.status !== 200) return;
    // Bound to the token, as GitHub's are.
    const body = Buffer.from(await c.res.clone().arrayBuffer());
    const digest = createHash("sha256")
      .update(body)
      .update(c.var.token ?? "")
      .digest("hex");
    const tag = `W/"${digest}"`;
    if (c.req.header("if-none-match") === tag)
      c.res = new Response(null, { status: 304, headers: c.res.headers });
    c.header("etag", tag);
  });
  for (const base of ["", "/api/v3"]) app.route(base === "" ? "/" : base, restRoutes(parts));
  for (const path of ["/graphql", "/api/graphql"]) app.route(path, graphqlRoutes(parts));
  app.notFound((c) => refuse(c, notFound()));
  app.onError((error, c) => {
    if (error instanceof Refusal) return refuse(c, error);
    console.error(error);
    return refuse(c, new Refusal(500, "Server Error"));
  });
  return app;
}

function watched(saw: (exchange: Exchange) => void): MiddlewareHandler<Env> {
  return async (c, next) => {
    await next();
    const { method, path } = c.req;
    const isJson = c.res.headers.get("content-type")?.startsWith("application/json") && c.res.status !== 304;
    const json: unknown = isJson ? await c.res.clone().json() : undefined;
    saw({ method, path, status: c.res.status, json });
  };
}

const listen = (server: Server, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
