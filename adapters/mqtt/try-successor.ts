import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { NEXT } from "../files/successors.ts";
import { type BusOptions, connectBus } from "./bus.ts";

/**
 * Connects once by a computer's new key and certificate. An agent that runs is cut off by it, having the same client id, and
 * comes back by what stands in its folder then.
 */
export async function trySuccessor(
  folder: string,
  broker: Pick<BusOptions, "url" | "clientId" | "ca"> | undefined,
): Promise<void> {
  if (broker === undefined) throw new Error("a realm without a broker has no certificate to try");
  const [key, cert] = await Promise.all(
    ["x509.key", "x509.pem"].map((name) => readFile(join(folder, `${NEXT}${name}`), "utf8")),
  );
  await (await connectBus({ ...broker, key: key ?? "", cert: cert ?? "" })).close();
}
