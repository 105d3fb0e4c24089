import { clientIdOf, parseComputerId, roleOf } from "../names.ts";
import type { Holders } from "./holders-file.ts";
import { type BrokerRights, rightsOf } from "./topics.ts";

/** A computer as a broker of one's own knows it. */
export interface BrokerClient extends BrokerRights {
  /** Its MQTT client id, which is its certificate's common name. */
  readonly clientId: string;
  /** Ids of the certificates by which it may come. */
  readonly certificates: readonly string[];
  /** Ids of those by which it came once. */
  readonly revoked: readonly string[];
}

/** All that a broker must let in, by client id. Names that don't read give nobody any right. */
export function clientsOf(systems: readonly Holders[]): readonly BrokerClient[] {
  return systems
    .flatMap(({ realm, system, clientIdSuffix, presence, computers, revoked }) =>
      Object.entries(computers).flatMap(([computer, certificates]): readonly BrokerClient[] => {
        const id = parseComputerId(`${computer}.${system}.${realm}`);
        if (!id.ok) return [];
        return [
          {
            clientId: clientIdOf(id.value, clientIdSuffix),
            certificates,
            revoked: Object.hasOwn(revoked, computer) ? (revoked[computer] ?? []) : [],
            ...rightsOf(id.value, roleOf(id.value.computer), presence),
          },
        ];
      }),
    )
    .toSorted((a, b) => (a.clientId < b.clientId ? -1 : 1));
}
