import { randomUUID } from "node:crypto";
import { createServer, type Server } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { type Context, Hono } from "hono";
import type { Iot } from "./iot.ts";
import { Rates } from "./rates.ts";
import { IotRefusal } from "./refusal.ts";
import type { Env } from "./request.ts";
import { iotRoutes } from "./routes.ts";
import { type AccessKey, checkSignature } from "./signature.ts";

export interface ServeIotOptions {
  /** Whose requests are answered. */
  readonly key: AccessKey;
  /** False: as many calls as come; otherwise as many a second as AWS takes. */
  readonly throttled?: boolean;
  /** Shared by several services of one account; AWS's default quotas if left out. */
  readonly rates?: Rates;
  /** Asked before each request: a refusal is answered in its place, as when the service is down. */
  readonly fault?: (request: { readonly method: string; readonly path: string }) => IotRefusal | undefined;
}

export interface ServedIot {
  readonly url: string;
  close(): Promise<void>;
}

/** Puts the certificate service on HTTP, on a free port of 127.0.0.1. */
export async function serveIot(iot: Iot, options: ServeIotOptions): Promise<ServedIot> {
  const server = createServer(getRequestListener(skin(iot, options).fetch));
  await listen(server);
  const address = server.address();
  if (address === null || typeof address === "string")
    throw new Error("certificate service listens on no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function skin(iot: Iot, { key, throttled = true, rates = new Rates(), fault }: ServeIotOptions): Hono<Env> {
  const app = new Hono<Env>();
  app.use("*", async (c, next) => {
    c.header("x-amzn-requestid", randomUUID());
    const refusal = fault?.({ method: c.req.method, path: c.req.path });
    if (refusal !== undefined) throw refusal;
    const body = await c.req.text();
    const { method } = c.req;
    const header = (name: string) => c.req.header(name);
    checkSignature({ method, url: new URL(c.req.url), header, body }, key, iot.region, new Date());
    c.set("body", body);
    await next();
  });
  app.route(
    "/",
    iotRoutes(iot, (operation) => {
      if (throttled) rates.take(operation, performance.now());
    }),
  );
  app.notFound((c) => refuse(c, new IotRefusal("InvalidRequestException", "No such operation")));
  app.onError((error, c) => {
    if (error instanceof IotRefusal) return refuse(c, error);
    console.error(error);
    return refuse(c, new IotRefusal("InternalFailureException", "An unexpected error has occurred."));
  });
  return app;
}

function refuse(c: Context<Env>, { name, message, status }: IotRefusal): Response {
  c.header("x-amzn-errortype", name);
  return c.json({ message }, status);
}

const listen = (server: Server): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
