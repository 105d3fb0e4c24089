import type { RevokedCertificate } from "../ports/certificates.ts";
import type { OwnBroker, Realm } from "../realm/realm.ts";
import type { ComputerRecord } from "../registry/record.ts";
import type { SystemRecords } from "../registry/registry.ts";
import type { Holders } from "./holders-file.ts";

/** Who of a system holds certificates for the realm's own broker, and who held those that were revoked. */
export function holdersIn(
  realm: Realm,
  { presence }: Pick<OwnBroker, "presence">,
  system: Realm["systems"][number],
  registry: SystemRecords,
): Holders {
  const records = registry.inSystem(system.name);
  return {
    format: 1,
    realm: realm.name,
    system: system.name,
    clientIdSuffix: realm.clientIdSuffix,
    presence,
    computers: byComputer(records, ({ certificates }) => certificates.map(({ certificate }) => certificate)),
    revoked: byComputer(records, (record) => revokedOf(record).map(({ certificate }) => certificate)),
  };
}

/** Of all systems that realm.yaml holds. */
export const revokedIn = (realm: Realm, registry: SystemRecords) =>
  realm.systems.flatMap(({ name }) => registry.inSystem(name).flatMap(revokedOf));

const revokedOf = ({ refused }: ComputerRecord): readonly RevokedCertificate[] =>
  refused.flatMap(({ certificate, at }) => (certificate === undefined ? [] : [{ certificate, at }]));

function byComputer(
  records: readonly ComputerRecord[],
  idsOf: (record: ComputerRecord) => readonly string[],
): Readonly<Record<string, readonly string[]>> {
  const entries = records.map((record) => [record.id.computer, idsOf(record)] as const);
  return Object.fromEntries(entries.filter(([, ids]) => ids.length > 0));
}
