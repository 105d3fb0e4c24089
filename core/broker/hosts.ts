import type { OwnBroker, Realm } from "../realm/realm.ts";

/** The realm's own broker, where it runs on the host of this proxy. */
export function ownBrokerOn(proxy: string, { broker }: Realm): OwnBroker | undefined {
  return broker?.type === "mqtt" && broker.hosts.includes(proxy) ? broker : undefined;
}
