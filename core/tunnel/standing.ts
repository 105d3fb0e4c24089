/** How a device's agent stands at one moment: what its owner is shown and, by presence, its controllers. */
export interface Standing {
  readonly broker: "none" | "online" | "offline";
  readonly tunnel: "down" | "opening" | "up" | "closing";
  /** The tunnel's, on the proxy; only while it is up. */
  readonly port?: number;
  readonly leases: number;
}

/** Whether a controller could get in now: through the tunnel, or by waking the device. */
export const isReachable = ({ broker, tunnel }: Standing): boolean => tunnel === "up" || broker === "online";

export const sameStanding = (a: Standing, b: Standing): boolean =>
  a.broker === b.broker && a.tunnel === b.tunnel && a.port === b.port && a.leases === b.leases;
