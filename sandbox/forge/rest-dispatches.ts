import { Hono } from "hono";
import * as z from "zod";
import { type Env, readBody, repositoryOf, type Skin } from "./http.ts";

const DISPATCH = z.object({
  event_type: z.string(),
  client_payload: z.record(z.string(), z.unknown()).default({}),
});

/** `repository_dispatch`, below a repository. */
export function dispatchRoutes({ forge }: Skin): Hono<Env> {
  const routes = new Hono<Env>();
  routes.post("/dispatches", async (c) => {
    const { dispatches } = repositoryOf(c, forge);
    const { event_type, client_payload } = await readBody(c, DISPATCH);
    dispatches.send(c.var.actor, event_type, client_payload);
    return c.body(null, 204);
  });
  return routes;
}
