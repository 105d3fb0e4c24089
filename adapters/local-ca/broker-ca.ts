import { clientCaOf } from "../../core/broker/client-ca.ts";
import { Failure } from "../../core/failure.ts";
import type { OwnBroker } from "../../core/realm/realm.ts";
import { LocalCa } from "./ca.ts";

/** The environment variable that holds the CA's key, here and in what the messages say. */
export const CA_KEY = "WARREN_CA_KEY";

/** The CA of realm.yaml's broker; `key` is its private key in PEM. */
export async function caOfBroker(broker: OwnBroker, key: string | undefined): Promise<LocalCa> {
  if (key === undefined) {
    throw new Failure("refused", "broker in realm.yaml has a CA of your own, and its key is not here", {
      hint: `set ${CA_KEY}, or ${CA_KEY}_PATH to a file of mode 0600`,
    });
  }
  const names = { key: CA_KEY, certificate: "broker.ca in realm.yaml, its first certificate," };
  return LocalCa.of({ key, certificate: clientCaOf(broker) }, names);
}
