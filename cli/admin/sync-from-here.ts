import { wireSync } from "../../adapters/wire.ts";
import { sync } from "../../flows/sync.ts";
import { syncExit, syncJson, syncLines } from "../../flows/sync-words.ts";
import { forgeFromHere } from "../forge-from-here.ts";
import { caKeyHere } from "./ca-key.ts";

/** Syncs all proxies and says what came of it; returns the exit code. */
export async function syncFromHere(options: {
  readonly repository: string;
  readonly syncKey: string;
  readonly signingKey: string;
  readonly signAnew?: boolean;
  readonly json?: boolean;
}): Promise<number> {
  const { syncKey, signingKey, signAnew = false } = options;
  const forge = await forgeFromHere(options.repository);
  const wiring = { ...forge, syncKey, signingKey, caKey: await caKeyHere() };
  const { proxies: results } = await sync(wireSync(wiring), { signAnew });
  console.log(
    options.json === true ? JSON.stringify(syncJson(results), null, 2) : syncLines(results).join("\n"),
  );
  return syncExit(results);
}
