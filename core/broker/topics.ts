import type { ComputerId, Role } from "../names.ts";

/** Any one level of a topic, as MQTT writes it. */
export const ANY = "+";

/** What one certificate may do on the broker; topics are literal, but for `+` as any one level. */
export interface BrokerRights {
  readonly hears: readonly string[];
  readonly says: readonly string[];
}

/**
 * A device hears its own control topic and says its own state; a controller does the reverse for the devices of its
 * system. Presence is said only where realm.yaml allows it. The same rights as AWS IoT's policies give (core/iot).
 */
export function rightsOf(
  { computer, system, realm }: ComputerId,
  role: Role,
  presence: boolean,
): BrokerRights {
  const told = presence ? ["state", "presence"] : ["state"];
  const topics = (whose: string, leaves: readonly string[]) =>
    leaves.map((leaf) => `${realm}/${system}/${whose}/tunnel/${leaf}`);
  return role === "device"
    ? { hears: topics(computer, ["control"]), says: topics(computer, told) }
    : { hears: topics(ANY, told), says: topics(ANY, ["control"]) };
}
