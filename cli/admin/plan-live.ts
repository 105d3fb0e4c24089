import { wireLivePlan } from "../../adapters/wire.ts";
import { planLive } from "../../flows/plan.ts";
import { livePlanExit, livePlanJson, livePlanLines } from "../../flows/plan-words.ts";
import { forgeFromHere } from "../forge-from-here.ts";

/** Asks all proxies and says what a sync would change there, and what has drifted; returns the exit code. */
export async function planFromHere(options: {
  readonly repository: string;
  readonly syncKey: string;
  readonly json?: boolean;
}): Promise<number> {
  const { syncKey, json = false } = options;
  const forge = await forgeFromHere(options.repository);
  const proxies = await planLive(wireLivePlan({ ...forge, syncKey }));
  console.log(json ? JSON.stringify(livePlanJson(proxies), null, 2) : livePlanLines(proxies).join("\n"));
  return livePlanExit(proxies);
}
