import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Failure } from "../../core/failure.ts";
import type { Carried } from "../../core/proxy-host/prepare.ts";
import { readIfThere } from "../files/read.ts";

/** tools/build.mjs puts the scripts in, so that one file sets a whole proxy up; a checkout has them beside it. */
declare const WARREN_SCRIPTS: Omit<Carried, "program">;

const PROGRAM_NAME = "warren-proxy.mjs";

/** What this Warren installs on a proxy. */
export async function carried(): Promise<Carried> {
  const here = fileURLToPath(import.meta.url);
  const scripts = typeof WARREN_SCRIPTS === "undefined" ? await scriptsOfCheckout(here) : WARREN_SCRIPTS;
  return { ...scripts, program: await programNear(here) };
}

/** This very file where it is the one-file program; else the one that the build put beside this one. */
async function programNear(here: string): Promise<string> {
  const folder = dirname(here);
  const places = [folder, dirname(folder), join(folder, "../../dist")].map((place) =>
    join(place, PROGRAM_NAME),
  );
  for (const place of basename(here) === PROGRAM_NAME ? [here] : places) {
    const text = await readIfThere(place);
    if (text !== undefined) return text;
  }
  throw new Failure("usage", `${PROGRAM_NAME} is not beside ${here}`, { hint: "npm run build" });
}

async function scriptsOfCheckout(here: string): Promise<Omit<Carried, "program">> {
  const script = (name: string) => readFile(join(dirname(here), `../../agent/proxy/${name}.sh`), "utf8");
  const [serve = "", session = "", device = ""] = await Promise.all(
    ["serve", "session", "device"].map(script),
  );
  return { serve, session, device };
}
