import type { BrokerClient } from "./clients.ts";

/** What a broker's configuration is made of. */
export interface BrokerSettings {
  readonly realm: string;
  /** Where the printed files will lie on the broker's host. */
  readonly folder: string;
  /** The generation in force there: `/etc/warren/current`. */
  readonly generation: string;
  readonly port: number;
  /** PEM of the CA whose certificates computers have. */
  readonly clientCa: string;
  readonly clients: readonly BrokerClient[];
}

/** A file of a broker's configuration. */
export interface ConfigFile {
  readonly name: string;
  readonly text: string;
  /** Nobody but its owner may read it. */
  readonly secret?: true;
}

/** MQTT over TLS (IANA). */
export const MQTTS_PORT = 8883;

export const portOf = (url: string): number => Number(/:([0-9]+)$/.exec(url)?.[1] ?? MQTTS_PORT);
