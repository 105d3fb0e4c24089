import { join } from "node:path";
import { BROKER_HOST, readBrokerHost } from "../../core/broker/host-file.ts";
import { Failure } from "../../core/failure.ts";
import type { BrokerControl } from "../../core/ports/broker.ts";
import { readIfThere } from "../files/read.ts";
import { MosquittoControl } from "./mosquitto.ts";
import { RabbitmqControl } from "./rabbitmq.ts";

/** The broker that `etc/warren/broker.json` says runs on this host; undefined: none. */
export async function brokerHere(folder: string): Promise<BrokerControl | undefined> {
  const path = join(folder, BROKER_HOST);
  const text = await readIfThere(path);
  if (text === undefined) return undefined;
  const read = readBrokerHost(text, path);
  if (!read.ok) throw new Failure("refused", read.problem);
  return read.value.type === "mosquitto"
    ? new MosquittoControl(read.value)
    : new RabbitmqControl(read.value.rabbitmqctl);
}
