import type { Instant } from "./time.ts";

/**
 * What the computers of one system must know of each other: `directory/<system>.json` on the proxy, with
 * `directory/<system>.json.sig` beside it. Computers use nothing of it before the signature is verified, and never
 * one with a lower sequence than they have seen.
 */
export interface Directory {
  readonly format: 1;
  readonly realm: string;
  readonly system: string;
  /** The highest sequence among the system's records. */
  readonly sequence: number;
  /** Where this system's tunnels end; after a move the old proxy goes on serving this. */
  readonly proxy: {
    readonly name: string;
    readonly host: string;
    readonly port: number;
    readonly hostKeys: readonly string[];
  };
  /** Accounts that controllers may use on devices. */
  readonly login: readonly string[];
  readonly legacy: boolean;
  /** Computer name → what the others need; sorted by name, one computer a line. */
  readonly devices: Readonly<Record<string, DeviceEntry>>;
  readonly controllers: Readonly<Record<string, ControllerEntry>>;
}

export interface DeviceEntry {
  readonly port: number;
  /** Host public key lines, without comments; a device without any can't be connected to. */
  readonly hostKeys: readonly string[];
}

export interface ControllerEntry {
  readonly keys: readonly { readonly key: string; readonly end?: Instant }[];
}
