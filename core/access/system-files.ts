import { Failure } from "../failure.ts";
import { readKeyLine } from "../keys/key-line.ts";
import { formatId, roleOf } from "../names.ts";
import type { Realm, System } from "../realm/realm.ts";
import { type AcceptedKey, type ComputerRecord, isEnrolled } from "../registry/record.ts";
import type { SystemRecords } from "../registry/registry.ts";
import type { Instant } from "../time.ts";
import { aboutSystem } from "./about-system.ts";
import { type KeyGrant, MOST_OPENS, type Ports, printAuthorizedKeys } from "./authorized-keys.ts";
import { printCertificates } from "./certificates-file.ts";
import { type Directory, printDirectory } from "./directory.ts";
import { pathsOf } from "./manifest.ts";

/** A computer whose keys open something: a device has a port to be reached at. */
type Device = ComputerRecord & { readonly port: number };

/** What a proxy is to a system: where its tunnels end, or one that it left, which serves its directory until then. */
export type Standing = { readonly kind: "home" } | { readonly kind: "left"; readonly until?: Instant };

/** Each device of a legacy system names the whole range, so that its file grows with both: 31 MB at this many. */
const MOST_LEGACY_ENTRIES = 1_000_000;

/** What a proxy holds of one system: path and text. Revoked computers and unfinished ones have no part in it. */
export function systemFiles(
  realm: Realm,
  system: System,
  registry: SystemRecords,
  standing: Standing,
): readonly (readonly [string, string])[] {
  const records = registry.inSystem(system.name);
  const active = records.filter(isEnrolled).toSorted(byName);
  const withKeys = active.filter(({ sshKeys }) => sshKeys.length > 0);
  const others = othersOn(realm, system);
  const devices = withKeys
    .filter(isDevice)
    .filter(({ port }) => !others.some(({ ports }) => isWithin(ports, port)));
  const controllers = withKeys.filter(({ id }) => roleOf(id.computer) === "controller");
  demandRoom(system, devices.length);
  const paths = pathsOf(system.name);
  const entry = registry.systems.get(system.name);
  const sequence = records.reduce((most, record) => Math.max(most, record.sequence), entry?.sequence ?? 0);
  const grants =
    standing.kind === "home"
      ? forwardsOf(devices, controllers, system.legacy ? { legacy: system.ports } : {})
      : [...devices, ...controllers].flatMap((record) => asksOf(record, standing.until));
  return [
    [paths.keys, printAuthorizedKeys(grants)],
    [paths.certificates, printCertificates(certificatesOf(active))],
    [
      paths.directory,
      printDirectory({ ...aboutSystem(realm, system), sequence, ...entriesOf(devices, controllers) }),
    ],
  ];
}

/** What sshd would deny without a word, and what a proxy would refuse as a whole, is refused here with its reason. */
function demandRoom({ name, legacy, ports: { first, last } }: System, devices: number): void {
  const ports = legacy ? last - first + 1 : 0;
  const what = `system ${JSON.stringify(name)} has ${devices} devices${legacy ? ` and ${ports} legacy ports` : ""}`;
  const hint = { hint: "split it, or narrow its ports" };
  if (devices + ports > MOST_OPENS)
    throw new Failure("refused", `${what}; sshd reads ${MOST_OPENS} at most`, hint);
  if (devices * ports > MOST_LEGACY_ENTRIES)
    throw new Failure("refused", `${what}; their product may be ${MOST_LEGACY_ENTRIES} at most`, hint);
}

const isDevice = (record: ComputerRecord): record is Device =>
  roleOf(record.id.computer) === "device" && record.port !== undefined;

/** A port that lies in another system's range on the same proxy is left over from a move: it's theirs now. */
export const othersOn = (realm: Realm, { name, proxy }: System): readonly System[] =>
  realm.systems.filter((other) => other.name !== name && other.proxy === proxy);

export const isWithin = ({ first, last }: Ports, port: number): boolean => port >= first && port <= last;

function forwardsOf(
  devices: readonly Device[],
  controllers: readonly ComputerRecord[],
  legacy: { readonly legacy?: Ports },
): readonly KeyGrant[] {
  const opens = devices.map(({ port }) => port).toSorted((a, b) => a - b);
  return [
    ...devices.flatMap(({ id, port, sshKeys }) =>
      sshKeys.map(
        (key): KeyGrant => ({ role: "device", computer: id, port, ...legacy, ...keyAndEnd(id, key) }),
      ),
    ),
    ...controllers.flatMap(({ id, sshKeys }) =>
      sshKeys.map(
        (key): KeyGrant => ({ role: "controller", computer: id, opens, ...legacy, ...keyAndEnd(id, key) }),
      ),
    ),
  ];
}

const asksOf = ({ id, sshKeys }: ComputerRecord, until: Instant | undefined): readonly KeyGrant[] =>
  sshKeys.map((key) => {
    const grant = keyAndEnd(id, key);
    const [end] = [grant.end, until].filter((each) => each !== undefined).toSorted();
    return { role: "asker", computer: id, ...grant, ...(end === undefined ? {} : { end }) };
  });

/** The record was read by a strict grammar: a key that is none means that somebody else wrote it. */
function keyAndEnd(id: ComputerRecord["id"], { key: line, end }: AcceptedKey): Pick<KeyGrant, "key" | "end"> {
  const key = readKeyLine(line);
  if (!key.ok) throw new Failure("refused", `registry's ${formatId(id)} holds no key: ${key.problem}`);
  return { key: key.value, ...(end === undefined ? {} : { end }) };
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
