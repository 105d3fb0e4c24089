import type { components } from "@octokit/openapi-types";
import { Hono } from "hono";
import * as z from "zod";
import { answer, type Env, numberParam, type Request, readBody, type Skin } from "./http.ts";
import { iso } from "./ids.ts";
import { notFound } from "./refusal.ts";
import { appItself } from "./rest-apps.ts";
import type { Attempt } from "./webhooks.ts";

const CONFIG = z.object({ url: z.url().optional(), secret: z.string().optional() });

/** An App's webhook: where it goes, what was delivered, and what is to be delivered again. */
export function hookRoutes({ webhooks }: Skin): Hono<Env> {
  const routes = new Hono<Env>();
  const config = (c: Request) => {
    const { url, secret } = appItself(c).hook;
    const hidden = secret === "" ? {} : { secret: "********" };
    return { content_type: "json", insecure_ssl: "0", ...hidden, ...(url === undefined ? {} : { url }) };
  };
  const attempt = (c: Request): Attempt => {
    const id = numberParam(c, "delivery");
    const found = webhooks.attemptsOf(appItself(c)).find((one) => one.id === id);
    if (found === undefined) throw notFound();
    return found;
  };
  routes.get("/app/hook/config", (c) => answer(c, config(c)));
  routes.patch("/app/hook/config", async (c) => {
    const { hook } = appItself(c);
    const { url, secret } = await readBody(c, CONFIG);
    hook.url = url ?? hook.url;
    hook.secret = secret ?? hook.secret;
    return answer(c, config(c));
  });
  routes.get("/app/hook/deliveries", (c) => {
    const status = c.req.query("status");
    const all = webhooks
      .attemptsOf(appItself(c))
      .filter((one) => status === undefined || (one.status === "OK") === (status === "success"));
    const size = Math.min(100, Number(c.req.query("per_page") ?? 30) || 30);
    const cursor = Number(c.req.query("cursor") ?? Number.POSITIVE_INFINITY);
    const page = all.filter(({ id }) => id < cursor).slice(0, size);
    const last = page.at(-1);
    if (last !== undefined && last.id !== all.at(-1)?.id) {
      const url = new URL(c.req.url);
      url.searchParams.set("cursor", String(last.id));
      c.header("link", `<${url.href}>; rel="next"`);
    }
    return answer(c, page.map(showAttempt));
  });
  routes.get("/app/hook/deliveries/:delivery", (c) => {
    const found = attempt(c);
    const shown: components["schemas"]["hook-delivery"] = {
      ...showAttempt(found),
      url: found.app.hook.url ?? "",
      request: { headers: { ...found.requestHeaders }, payload: { ...found.payload } },
      response: { headers: {}, payload: found.responseBody },
    };
    return answer(c, shown);
  });
  routes.post("/app/hook/deliveries/:delivery/attempts", (c) => {
    webhooks.redeliver(attempt(c));
    return answer(c, {}, 202);
  });
  return routes;
}

function showAttempt({ payload, ...attempt }: Attempt) {
  return {
    id: attempt.id,
    guid: attempt.guid,
    delivered_at: iso(attempt.at),
    redelivery: attempt.redelivery,
    duration: attempt.seconds,
    status: attempt.status,
    status_code: attempt.statusCode,
    event: attempt.event,
    action: payload.action ?? null,
    installation_id: payload.installation?.id ?? null,
    repository_id: payload.repository === undefined ? null : Number(payload.repository.id),
    throttled_at: null,
  };
}
