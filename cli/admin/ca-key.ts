import { stat } from "node:fs/promises";
import { readInput } from "../../adapters/files/read.ts";
import { CA_KEY } from "../../adapters/local-ca/broker-ca.ts";
import { Failure } from "../../core/failure.ts";

/** The key of the realm's own CA, out of the environment or the file that it names; undefined without either. */
export async function caKeyHere(env: NodeJS.ProcessEnv = process.env): Promise<string | undefined> {
  const text = env[CA_KEY];
  if (text !== undefined && text !== "") return text.replaceAll("\\n", "\n");
  const path = env[`${CA_KEY}_PATH`];
  if (path === undefined || path === "") return undefined;
  const key = await readInput(path);
  const mode = (await stat(path)).mode & 0o777;
  if ((mode & 0o077) === 0) return key;
  throw new Failure(
    "usage",
    `${path} has mode ${mode.toString(8).padStart(3, "0")}; a CA's key is its owner's alone`,
    {
      hint: `chmod 600 ${path}`,
    },
  );
}
