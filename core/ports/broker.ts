import type { BrokerClient } from "../broker/clients.ts";
import type { Told } from "../broker/told.ts";

/** The broker on this host, as root governs it. */
export interface BrokerControl {
  /** Lets in `clients` and nobody else, and ends the sessions of those who go; of those who stay it ends none. */
  govern(clients: readonly BrokerClient[], change: BrokerChange): Promise<BrokerGoverned>;
}

export interface BrokerChange {
  /** Client ids of computers that lost a certificate and keep another: their session may be of the one that went. */
  readonly lost: ReadonlySet<string>;
  /** The list of revoked certificates is another one than it was told of last. */
  readonly listChanged: boolean;
}

export interface BrokerGoverned {
  /** Client ids, or users where each certificate has its own. */
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/** What this host's broker was last told. */
export interface ToldStore {
  load(): Promise<Told | undefined>;
  save(told: Told): Promise<void>;
}
