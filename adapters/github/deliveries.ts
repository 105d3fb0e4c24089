import * as z from "zod";
import { unavailable } from "../../core/failure.ts";
import type { ForgeClient } from "./client.ts";
import { forgeFailure } from "./failures.ts";
import { Forge } from "./forge.ts";

/** One attempt of GitHub's to hand over an event. */
export interface HookDelivery {
  /** As text: GitHub's go beyond what a JavaScript number holds. */
  readonly id: string;
  /** Stays when the event is asked for again. */
  readonly guid: string;
  readonly event: string;
  readonly at: Date;
  /** Answered with a 2xx. */
  readonly taken: boolean;
}

const delivery = z.object({
  id: z.string(),
  guid: z.string(),
  event: z.string(),
  delivered_at: z.iso.datetime({ offset: true }),
  status_code: z.number(),
});
const ROUTE = "GET /app/hook/deliveries";
const WITHIN_MS = 20_000;

/** The App's own webhook: what GitHub delivered in the last three days, and what it is to deliver again. */
export class HookDeliveries {
  readonly #client: ForgeClient;
  readonly #forge: Forge;

  /** `client` acts as the App itself, not as an installation. */
  constructor(client: ForgeClient) {
    this.#client = client;
    this.#forge = new Forge(client);
  }

  /** The newest first; a request for a hundred. */
  async *newest(): AsyncGenerator<HookDelivery> {
    let cursor: string | undefined;
    do {
      const page = await this.#page(cursor);
      for (const { id, guid, event, delivered_at, status_code } of page.deliveries) {
        const taken = status_code >= 200 && status_code < 300;
        yield { id, guid, event, at: new Date(delivered_at), taken };
      }
      cursor = page.next;
    } while (cursor !== undefined);
  }

  async redeliver(id: string): Promise<void> {
    const route = "POST /app/hook/deliveries/{delivery_id}/attempts";
    await this.#forge.write(route, { delivery_id: id }, z.unknown());
  }

  async #page(cursor: string | undefined) {
    // As a stream: Octokit would read the ids as numbers, and round them.
    const request = { signal: AbortSignal.timeout(WITHIN_MS), parseSuccessResponseBody: false };
    const parameters = { per_page: 100, ...(cursor === undefined ? {} : { cursor }), request };
    try {
      const { data, headers } = await this.#client.request(ROUTE, parameters);
      const text = await textOf(data);
      const read = z.array(delivery).safeParse(JSON.parse(text.replace(/("id"\s*:\s*)(\d+)/g, '$1"$2"')));
      if (!read.success)
        throw unavailable(`forge ${this.#forge.host}`, `its answer to ${ROUTE} is not understood`);
      const next = /[?&]cursor=([^&>]+)[^>]*>; rel="next"/.exec(headers.link ?? "")?.[1];
      return { deliveries: read.data, next: next === undefined ? undefined : decodeURIComponent(next) };
    } catch (error) {
      throw forgeFailure(error, this.#forge.host, ROUTE);
    }
  }
}

async function textOf(body: unknown): Promise<string> {
  if (!(body instanceof ReadableStream)) throw new Error("the answer has no body");
  return new Response(body).text();
}
