import type { ProxyHost, System } from "../realm/realm.ts";
import type { HostFacts, NodeFacts } from "./facts.ts";
import { FOLDER } from "./layout.ts";
import { OATH } from "./one-time-passwords.ts";
import { differences, placesOf, readEffective } from "./sshd.ts";
import type { Notice } from "./steps.ts";

interface Range {
  readonly first: number;
  readonly last: number;
}

/**
 * Ports from which the kernel takes those of outgoing connections: one of them may hold a device's port when its
 * tunnel wants it. Reserving them is better than moving the range, for it says what for.
 */
export function portWarnings(systems: readonly System[], { localPorts, reservedPorts }: HostFacts): Notice[] {
  const [first = 0, last = 0] = localPorts.trim().split(/\s+/).map(Number);
  const reserved = readRanges(reservedPorts);
  const taken = systems
    .map(({ name, ports }) => ({ name, ports: overlap(ports, { first, last }) }))
    .filter(({ ports }) => ports.first <= ports.last && !coveredBy(ports, reserved));
  if (taken.length === 0) return [];
  const wanted = taken.map(({ ports }) => `${ports.first}-${ports.last}`);
  const all = [...(reservedPorts.trim() === "" ? [] : [reservedPorts.trim()]), ...wanted].join(",");
  const names = taken.map(({ name }) => name).join(", ");
  return [
    {
      says: `ip_local_port_range ${first}-${last} overlaps the ports of ${names}: ${wanted.join(", ")}`,
      hint: `echo 'net.ipv4.ip_local_reserved_ports = ${all}' >/etc/sysctl.d/50-warren.conf && sysctl -p /etc/sysctl.d/50-warren.conf`,
    },
  ];
}

/** `1-5,9` */
const readRanges = (text: string): readonly Range[] =>
  text
    .trim()
    .split(",")
    .filter((part) => part !== "")
    .map((part) => {
      const [first = 0, last = first] = part.split("-").map(Number);
      return { first, last };
    });

const overlap = (a: Range, b: Range): Range => ({
  first: Math.max(a.first, b.first),
  last: Math.min(a.last, b.last),
});

/** Adjoining ranges count as one. */
function coveredBy(wanted: Range, ranges: readonly Range[]): boolean {
  let next = wanted.first;
  for (const { first, last } of ranges.toSorted((a, b) => a.first - b.first)) {
    if (first <= next && last >= next) next = last + 1;
  }
  return next > wanted.last;
}

/** A proxy that dies takes its host key along: without a spare that was pinned before, every computer must be visited. */
export function hostKeyWarnings({ name, hostKeys: pinned }: ProxyHost, own: readonly string[]): Notice[] {
  const lines = new Set(pinned.map(({ line }) => line));
  const best = own.find((line) => line.startsWith("ssh-ed25519 ")) ?? own[0];
  const found: Notice[] = [];
  if (!own.some((line) => lines.has(line))) {
    found.push({
      says: `proxies.${name}.hostKeys in realm.yaml holds no key of this host: no computer would connect`,
      ...(best === undefined ? { hint: "ssh-keygen -A" } : { hint: `add the line: - ${best}` }),
    });
  }
  if ([...lines].every((line) => own.includes(line))) {
    found.push({
      says: `proxies.${name}.hostKeys in realm.yaml pins no spare, a host key that is not on this machine`,
      hint:
        `on another machine: ssh-keygen -t ed25519 -N '' -C 'spare host key of ${name}' -f ${name}-spare; ` +
        `add the key in ${name}-spare.pub to proxies.${name}.hostKeys, and keep ${name}-spare offline`,
    });
  }
  return found;
}

const OLDEST_NODE = 18;

export function nodeWarnings({ path, version, strangers }: NodeFacts): Notice[] {
  const found: Notice[] = [];
  if (Number(version.split(".")[0]) < OLDEST_NODE) {
    found.push({
      says: `${path} is Node ${version}; ${OLDEST_NODE} or later is wanted`,
      hint: "apt-get install nodejs",
    });
  }
  if (strangers.length > 0) {
    const who = strangers.join(", ");
    found.push({
      says: `${who} is not root's, and its owner can become root by it: a sync runs ${path} as root`,
      hint: "apt-get install nodejs, then prepare with /usr/bin/node",
    });
  }
  return found;
}

/** Who has no secret yet can't log in. */
export const passwordWarnings = (module: string, { ours }: HostFacts): Notice[] =>
  module === OATH && !ours.includes("oath")
    ? [
        {
          says: `no controller can log in before ${FOLDER}/oath holds a secret for its system`,
          hint: `(umask 077; echo "HOTP/T30/6 SYSTEM - $(openssl rand -hex 20)" >>${FOLDER}/oath)`,
        },
      ]
    : [];

/** Settings that hold for the whole sshd, and that an earlier file may have taken from us. */
export function sshdWarnings({ sshd }: HostFacts): Notice[] {
  const places = placesOf("MaxStartups", sshd.config);
  const text = sshd.settings.ok ? sshd.settings.text : "";
  const [difference] = differences("all", [["MaxStartups", "300:30:600"]], readEffective(text), sshd.config);
  return places.length > 0 && difference !== undefined
    ? [{ says: `${difference}: a fleet that comes back at once would be refused in part` }]
    : [];
}
