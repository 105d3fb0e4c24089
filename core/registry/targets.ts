import { type ComputerId, formatId, type SystemName } from "../names.ts";
import type { Realm } from "../realm/realm.ts";
import { type ComputerRecord, isEnrolled } from "./record.ts";
import type { Registry } from "./registry.ts";

/** Computers of a system that hold something to be taken away. */
export const enrolledIn = (registry: Registry, system: SystemName): readonly ComputerId[] =>
  sorted(registry.inSystem(system).filter(isEnrolled));

/** Computers of which a person enrolled a part: by the id that realm.yaml gives the login, or else by the recorded login. */
export function enrolledBy(registry: Registry, realm: Realm, login: string): readonly ComputerId[] {
  const wanted = login.toLowerCase();
  const person = realm.people.find((one) => one.login.toLowerCase() === wanted);
  const isTheirs = ({ sshKeys, hostKeys, certificates }: ComputerRecord) =>
    [...sshKeys, ...hostKeys, ...certificates].some(({ evidence: { submitter } }) =>
      person === undefined ? submitter.login.toLowerCase() === wanted : submitter.id === person.id,
    );
  return sorted([...registry.all()].filter(isTheirs));
}

const sorted = (records: readonly ComputerRecord[]): readonly ComputerId[] =>
  records.map(({ id }) => id).sort((a, b) => (formatId(a) < formatId(b) ? -1 : 1));
