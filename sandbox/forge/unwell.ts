import type { MiddlewareHandler } from "hono";
import type { Forge } from "./forge.ts";
import type { Env } from "./http.ts";
import { Refusal } from "./refusal.ts";

/** Answers as the forge's troubles say: not at all as asked, or carried out and then unheard. */
export function unwell(forge: Forge): MiddlewareHandler<Env> {
  return async (c, next) => {
    const { troubles } = forge;
    const trouble = troubles?.answer({ method: c.req.method, path: c.req.path });
    if (troubles === undefined || trouble === undefined) return next();
    const refusal = troubles.refusal(trouble);
    if (refusal !== undefined) throw refusal;
    await next();
    if (trouble === "unheard") {
      c.res = new Response(UNICORN, { status: 502, headers: { "content-type": "text/html" } });
      return;
    }
    const body = new Uint8Array(await c.res.arrayBuffer());
    // An answer without a body can't break off: its client never hears of it.
    if (body.length === 0) throw new Refusal(502, "Server Error");
    const headers = new Headers(c.res.headers);
    headers.set("content-length", String(body.length));
    c.res = new Response(
      brokenOff(body, () => c.env.outgoing.destroy()),
      { status: c.res.status, headers },
    );
  };
}

/** What GitHub's edge says, to whoever asked for JSON too. */
const UNICORN = "<!DOCTYPE html><title>Unicorn! &middot; GitHub</title>\n";

function brokenOff(body: Uint8Array<ArrayBuffer>, hangUp: () => void): ReadableStream {
  return new ReadableStream({
    start: (controller) => controller.enqueue(body.slice(0, Math.ceil(body.length / 2))),
    async pull(controller) {
      // The first half goes out before the connection ends.
      await new Promise((resolve) => setTimeout(resolve, 5));
      hangUp();
      controller.close();
    },
  });
}
