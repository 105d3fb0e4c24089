import { readHolders } from "../broker/holders-file.ts";
import { REVOCATIONS } from "../broker/revocations.ts";
import { formatId } from "../names.ts";
import { formatProblem } from "../place.ts";
import { type KeyGrant, readAuthorizedKeys } from "./authorized-keys.ts";
import { readCertificates } from "./certificates-file.ts";
import { type Directory, readDirectory } from "./directory.ts";
import { legacyProblems } from "./legacy.ts";
import type { Manifest } from "./manifest.ts";
import { isBrokerPath, MOST_SYSTEMS, pathsOf, systemOfPath } from "./manifest.ts";

/** A proxy's complete new files, after the checks that don't depend on who sent them. */
export interface CheckedGeneration {
  /** System and fingerprint → what the key may do. */
  readonly grants: ReadonlyMap<string, KeyGrant>;
  readonly problems: readonly string[];
}

/** Judges all files of a generation together; whoever holds the sync key may send any text at all. */
export function checkGeneration(manifest: Manifest, files: ReadonlyMap<string, string>): CheckedGeneration {
  const problems: string[] = [];
  const grants = new Map<string, KeyGrant>();
  const directories = new Map<string, Directory>();
  for (const [path, text] of files) {
    const system = systemOfPath(path);
    if (path === REVOCATIONS) problems.push(...listProblems(text));
    else if (system === undefined) problems.push(`${JSON.stringify(path)} is no path of a generation`);
    else if (path === pathsOf(system).keys) {
      const read = readAuthorizedKeys(text, path);
      if (!read.ok) problems.push(...read.problems.map(formatProblem));
      else for (const grant of read.grants) grants.set(`${system} ${grant.key.fingerprint}`, grant);
    } else if (path === pathsOf(system).directory) {
      const read = readDirectory(text);
      if (!read.ok) problems.push(`${path}: ${read.problem}`);
      else if (read.value.realm !== manifest.realm || read.value.system !== system)
        problems.push(`${path}: is the directory of ${read.value.system}.${read.value.realm}`);
      else directories.set(system, read.value);
    } else if (path === pathsOf(system).holders)
      problems.push(...holdersProblems(manifest.realm, system, text));
    else problems.push(...fileProblems(system, path, text));
  }
  // No push of them all: a call takes some hundred thousand arguments, and each line may be one.
  const together = [
    ...problems,
    ...systemsProblems(files),
    ...strangers(manifest.realm, grants),
    ...doubled(grants),
    ...foreignPorts(grants),
    ...misplaced(manifest.proxy, grants, directories),
    ...legacyProblems(grants.values(), directories),
  ];
  return { grants, problems: together };
}

/** Root hands it to the broker, whose TLS library then reads it. */
const listProblems = (text: string): string[] =>
  /^-----BEGIN X509 CRL-----\n(?:[A-Za-z0-9+/=]{1,64}\n)+-----END X509 CRL-----\n$/.test(text)
    ? []
    : [`${REVOCATIONS}: is no list of revoked certificates in PEM`];

function holdersProblems(realm: string, system: string, text: string): string[] {
  const { holders } = pathsOf(system);
  const read = readHolders(text);
  if (!read.ok) return [`${holders}: ${read.problem}`];
  const { value } = read;
  if (value.realm === realm && value.system === system) return [];
  return [`${holders}: is of ${value.system}.${value.realm}`];
}

function systemsProblems(files: ReadonlyMap<string, string>): string[] {
  const own = [...files.keys()].filter((path) => !isBrokerPath(path));
  const { size } = new Set(own.map(systemOfPath));
  return size <= MOST_SYSTEMS ? [] : [`bundle has files of ${size} systems; ${MOST_SYSTEMS} at most`];
}

function fileProblems(system: string, path: string, text: string): string[] {
  if (path === pathsOf(system).signature) {
    const armored =
      /^-----BEGIN SSH SIGNATURE-----\n(?:[A-Za-z0-9+/=]{1,76}\n){1,200}-----END SSH SIGNATURE-----\n$/;
    return armored.test(text) ? [] : [`${path}: is no armored signature`];
  }
  const read = readCertificates(text);
  return read.ok ? [] : [`${path}: ${read.problem}`];
}

/** A key in the file of a system that isn't its computer's. */
const strangers = (realm: string, grants: ReadonlyMap<string, KeyGrant>): string[] =>
  [...grants]
    .filter(([at, { computer }]) => computer.realm !== realm || computer.system !== at.split(" ")[0])
    .map(
      ([at, { computer }]) =>
        `authorized_keys/${at.split(" ")[0]}: ${formatId(computer)} is not of this system`,
    );

/** One key never stands under two computers, nor one port under two devices. */
function doubled(grants: ReadonlyMap<string, KeyGrant>): string[] {
  const holders = new Map<string, string>();
  const problems: string[] = [];
  for (const grant of grants.values()) {
    const id = formatId(grant.computer);
    const claims = [
      `key ${grant.key.fingerprint}`,
      ...(grant.role === "device" ? [`port ${grant.port}`] : []),
    ];
    for (const claim of claims) {
      const holder = holders.get(claim) ?? id;
      if (holder !== id) problems.push(`${claim} stands under ${holder} and ${id}`);
      holders.set(claim, holder);
    }
  }
  return problems;
}

/** A controller opens ports of its own system's devices; any other port of the loopback is the proxy's own. */
function foreignPorts(grants: ReadonlyMap<string, KeyGrant>): string[] {
  const ports = new Map<string, Set<number>>();
  for (const grant of grants.values()) {
    if (grant.role !== "device") continue;
    const { system } = grant.computer;
    ports.set(system, (ports.get(system) ?? new Set()).add(grant.port));
  }
  return [...grants.values()].flatMap((grant) => {
    if (grant.role !== "controller") return [];
    const foreign = grant.opens.find((port) => !ports.get(grant.computer.system)?.has(port));
    return foreign === undefined ? [] : [`${formatId(grant.computer)} opens ${foreign}, no device's port`];
  });
}

/** Where the directory names another proxy, nobody forwards any more; where it names this one, everybody may. */
function misplaced(
  proxy: string,
  grants: ReadonlyMap<string, KeyGrant>,
  directories: ReadonlyMap<string, Directory>,
): string[] {
  return [...grants.values()].flatMap(({ role, computer }) => {
    const directory = directories.get(computer.system);
    const hasLeft = directory !== undefined && directory.proxy.name !== proxy;
    if ((role === "asker") === hasLeft) return [];
    const what = hasLeft ? "forwards here, and its directory names another proxy" : "may only ask here";
    return [`${formatId(computer)} ${what}`];
  });
}
