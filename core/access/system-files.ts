import { Failure } from "../failure.ts";
import { readKeyLine } from "../keys/key-line.ts";
import { formatId, roleOf } from "../names.ts";
import { proxyOf, type Realm, type System } from "../realm/realm.ts";
import { type AcceptedKey, type ComputerRecord, isEnrolled } from "../registry/record.ts";
import { type KeyGrant, MOST_OPENS, printAuthorizedKeys } from "./authorized-keys.ts";
import { printCertificates } from "./certificates-file.ts";
import { type Directory, printDirectory } from "./directory.ts";
import { pathsOf } from "./manifest.ts";

/** A computer whose keys open something: a device has a port to be reached at. */
type Device = ComputerRecord & { readonly port: number };

/** What one system's proxy holds of it: path and text. Revoked computers and unfinished ones have no part in it. */
export function systemFiles(
  realm: Realm,
  system: System,
  records: readonly ComputerRecord[],
): readonly (readonly [string, string])[] {
  const active = records.filter(isEnrolled).toSorted(byName);
  const withKeys = active.filter(({ sshKeys }) => sshKeys.length > 0);
  const devices = withKeys.filter(isDevice).filter(({ port }) => mayHold(realm, system, port));
  const controllers = withKeys.filter(({ id }) => roleOf(id.computer) === "controller");
  if (devices.length > MOST_OPENS) {
    const what = `system ${JSON.stringify(system.name)} has ${devices.length} devices`;
    throw new Failure("refused", `${what}; sshd reads ${MOST_OPENS} at most`);
  }
  const paths = pathsOf(system.name);
  const sequence = Math.max(0, ...records.map((record) => record.sequence));
  return [
    [paths.keys, printAuthorizedKeys(grantsOf(devices, controllers))],
    [paths.certificates, printCertificates(certificatesOf(active))],
    [
      paths.directory,
      printDirectory({ ...aboutSystem(realm, system), sequence, ...entriesOf(devices, controllers) }),
    ],
  ];
}

const isDevice = (record: ComputerRecord): record is Device =>
  roleOf(record.id.computer) === "device" && record.port !== undefined;

/** A port that lies in another system's range on the same proxy is left over from a move: it's theirs now. */
const mayHold = (realm: Realm, own: System, port: number): boolean =>
  !realm.systems.some(
    ({ name, proxy, ports }) =>
      name !== own.name && proxy === own.proxy && port >= ports.first && port <= ports.last,
  );

function grantsOf(devices: readonly Device[], controllers: readonly ComputerRecord[]): readonly KeyGrant[] {
  const opens = devices.map(({ port }) => port).toSorted((a, b) => a - b);
  return [
    ...devices.flatMap(({ id, port, sshKeys }) =>
      sshKeys.map((key): KeyGrant => ({ role: "device", computer: id, port, ...keyAndEnd(id, key) })),
    ),
    ...controllers.flatMap(({ id, sshKeys }) =>
      sshKeys.map((key): KeyGrant => ({ role: "controller", computer: id, opens, ...keyAndEnd(id, key) })),
    ),
  ];
}

/** The record was read by a strict grammar: a key that is none means that somebody else wrote it. */
function keyAndEnd(id: ComputerRecord["id"], { key: line, end }: AcceptedKey): Pick<KeyGrant, "key" | "end"> {
  const key = readKeyLine(line);
  if (!key.ok) throw new Failure("refused", `registry's ${formatId(id)} holds no key: ${key.problem}`);
  return { key: key.value, ...(end === undefined ? {} : { end }) };
}

function aboutSystem(realm: Realm, system: System) {
  const proxy = proxyOf(realm, system);
  if (proxy === undefined) throw new Failure("refused", `system ${JSON.stringify(system.name)} has no proxy`);
  const { name, host, port, hostKeys } = proxy;
  return {
    format: 1,
    realm: realm.name,
    system: system.name,
    proxy: { name, host, port, hostKeys: hostKeys.map(({ line }) => line) },
    login: system.login,
    legacy: system.legacy,
  } as const;
}

const entriesOf = (
  devices: readonly Device[],
  controllers: readonly ComputerRecord[],
): Pick<Directory, "devices" | "controllers"> => ({
  devices: Object.fromEntries(
    devices.map(({ id, port, hostKeys }) => [
      id.computer,
      { port, hostKeys: hostKeys.map(({ key }) => key) },
    ]),
  ),
  controllers: Object.fromEntries(
    controllers.map(({ id, sshKeys }) => [
      id.computer,
      { keys: sshKeys.map(({ key, end }) => (end === undefined ? { key } : { key, end })) },
    ]),
  ),
});

const certificatesOf = (records: readonly ComputerRecord[]) =>
  new Map(
    records
      .filter(({ certificates }) => certificates.length > 0)
      .map(({ id, certificates }) => [id.computer, certificates]),
  );

const byName = (a: ComputerRecord, b: ComputerRecord): number => (a.id.computer < b.id.computer ? -1 : 1);
