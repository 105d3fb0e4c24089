import type { Profile } from "../core/computer/profile.ts";
import type { ComputerId } from "../core/names.ts";
import { type TakingPorts, takeFromProxy } from "./let-in.ts";

/** All of these are about the successors: keys beside those in use, the desk that they reach, the certificate for them. */
export interface SuccessionPorts extends TakingPorts {
  /** Connects to the broker as this computer by the new key and the certificate that was kept, once. */
  tryBroker(): Promise<void>;
  /** Puts the successors in the place of the old keys, all or none; the old private halves are gone then. */
  putInPlace(): Promise<void>;
}

/**
 * The end of a rotation, from where the proxy lets the new key in, without GitHub, tried once: for an agent whose successors
 * were granted when nobody waited for them any more. A failure means that the old keys stay in use.
 */
export async function succeed(ports: SuccessionPorts, id: ComputerId, profile: Profile): Promise<void> {
  await takeFromProxy(ports, id, profile);
  await putInPlaceOnceTried(ports, profile);
}

/** New keys that the broker does not take would cut the computer off from it. */
export async function putInPlaceOnceTried(ports: SuccessionPorts, { broker }: Profile): Promise<void> {
  if (broker !== undefined) await ports.tryBroker();
  await ports.putInPlace();
}
