import type { Forge } from "../../sandbox/forge/forge.ts";
import { type ServedForge, type ServeOptions, serveForge } from "../../sandbox/forge/serve.ts";
import { github } from "./forge-openapi.ts";

/** A served forge whose `close` fails if it answered, or sent, anything that GitHub's OpenAPI doesn't have. */
export async function serveChecked(forge: Forge, options: ServeOptions = {}): Promise<ServedForge> {
  const problems = new Set<string>();
  const note = (problem: string | undefined) => problem !== undefined && problems.add(problem);
  const served = await serveForge(forge, {
    ...options,
    saw: (exchange) => {
      note(github().problemOf(exchange));
      options.saw?.(exchange);
    },
  });
  return {
    ...served,
    close: async () => {
      await served.close();
      for (const app of forge.apps) {
        for (const { event, payload } of served.webhooks.attemptsOf(app)) {
          note(github().problemOfWebhook(event, payload));
        }
      }
      if (problems.size > 0) throw new Error([...problems].join("\n"));
    },
  };
}
