import type { OwnBroker, Realm } from "../realm/realm.ts";
import type { SystemRecords } from "../registry/registry.ts";
import { clientCaOf } from "./client-ca.ts";
import { clientsOf } from "./clients.ts";
import { type BrokerSettings, type ConfigFile, portOf } from "./configured.ts";
import { emqxFiles } from "./emqx.ts";
import { holdersIn } from "./holders.ts";
import { BROKER_HOST, printBrokerHost } from "./host-file.ts";
import { type BrokerKind, hostOf, installSteps } from "./install.ts";
import { mosquittoFiles } from "./mosquitto.ts";
import type { MosquittoAdmin } from "./mosquitto-rules.ts";
import { rabbitmqFiles } from "./rabbitmq.ts";

export interface ConfigPlaces {
  readonly folder: string;
  readonly generation: string;
  readonly rabbitmqctl: string;
  readonly admin: MosquittoAdmin;
}

/** All files of a broker's configuration, with what to do with them. */
export function brokerConfig(
  kind: BrokerKind,
  realm: Realm & { readonly broker: OwnBroker },
  registry: SystemRecords,
  places: ConfigPlaces,
): readonly ConfigFile[] {
  const { broker } = realm;
  const settings: BrokerSettings = {
    realm: realm.name,
    folder: places.folder,
    generation: places.generation,
    port: portOf(broker.url),
    clientCa: clientCaOf(broker),
    clients: clientsOf(realm.systems.map((system) => holdersIn(realm, broker, system, registry))),
  };
  const host = hostOf(kind, { ...places, password: places.admin.password });
  return [
    { name: "INSTALL", text: installSteps(kind, places.folder, new URL(broker.url).hostname) },
    ...filesOf(kind, settings, places),
    ...(host === undefined
      ? []
      : [{ name: BROKER_HOST, text: printBrokerHost(host), secret: true } as const]),
  ];
}

function filesOf(kind: BrokerKind, settings: BrokerSettings, places: ConfigPlaces): readonly ConfigFile[] {
  switch (kind) {
    case "mosquitto":
      return mosquittoFiles(settings, places.admin);
    case "rabbitmq":
      return rabbitmqFiles(settings);
    case "emqx":
      return emqxFiles(settings);
  }
}
