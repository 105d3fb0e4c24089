import { resolve } from "node:path";
import { readInput } from "../../adapters/files/read.ts";
import { LocalCa } from "../../adapters/local-ca/ca.ts";
import { Failure } from "../../core/failure.ts";
import { parseHost } from "../../core/realm/grammar.ts";
import { warn } from "../outcome.ts";

/** Prints the CA's certificate, and on stderr what to do with it. */
export async function makeCa(out: string): Promise<void> {
  const { certPem } = await LocalCa.open(out);
  warn(`the CA is in ${out}; this is its certificate, for broker.ca in realm.yaml`);
  warn(
    `its key is ${resolve(out, "ca-key.pem")}: set WARREN_CA_KEY_PATH to it for the app and for \`warren sync\``,
  );
  warn(
    "in Actions: gh secret set WARREN_CA_KEY --env warren-process, and again --env warren-sync, from that file",
  );
  process.stdout.write(certPem);
}

/** Prints the broker's certificate. */
export async function signForBroker(hosts: readonly string[], folder: string, csr: string): Promise<void> {
  for (const host of hosts) {
    const read = parseHost(host);
    if (!read.ok) throw new Failure("usage", read.problem);
  }
  const request = await readInput(csr);
  // Opened, not made: a new CA here would be a slip, and its certificates worth nothing.
  await readInput(resolve(folder, "ca.pem"));
  process.stdout.write(await (await LocalCa.open(folder)).signServer(request, hosts));
}
