import { MOST_LEGACY_PORTS } from "../access/authorized-keys.ts";
import { LONGEST_CLIENT_ID, parseRealmName, parseSystemName } from "../names.ts";
import type { Parsed } from "../place.ts";
import { quoted } from "../quote.ts";
import { type PortRange, parseLogin, parsePorts, parseProxyName } from "./grammar.ts";
import { entriesOf, fieldOf, isMapping, type Misfit } from "./raw.ts";
import { roomInClientId } from "./room.ts";
import { trustMisfits } from "./trust-rules.ts";

/** Every way in which the parts of realm.yaml don't fit together. */
export const misfitsOf = (content: unknown): readonly Misfit[] => [
  ...nameMisfits(content),
  ...idMisfits(fieldOf(content, "people")),
  ...proxyMisfits(content),
  ...hostMisfits(content),
  ...portMisfits(fieldOf(content, "systems")),
  ...legacyMisfits(fieldOf(content, "systems")),
  ...roomMisfits(content),
  ...trustMisfits(content),
];

const NAMED: Readonly<Record<string, (text: string) => Parsed<string>>> = {
  people: parseLogin,
  proxies: parseProxyName,
  systems: parseSystemName,
};

function nameMisfits(content: unknown): readonly Misfit[] {
  return Object.entries(NAMED).flatMap(([section, parse]): readonly Misfit[] => {
    const value = fieldOf(content, section);
    if (!isMapping(value)) return [];
    const names = entriesOf(value);
    if (names.length === 0) return [{ path: [section], message: "mapping is empty; name at least one" }];
    return names.flatMap(([name]): readonly Misfit[] => {
      const outcome = parse(name);
      return outcome.ok ? [] : [{ path: [section, name], key: true, message: outcome.problem }];
    });
  });
}

function idMisfits(people: unknown): readonly Misfit[] {
  const holders = new Map<unknown, string>();
  return entriesOf(people).flatMap(([login, id]): readonly Misfit[] => {
    const holder = holders.get(id);
    if (typeof id !== "number") return [];
    if (holder === undefined) {
      holders.set(id, login);
      return [];
    }
    return [
      {
        path: ["people", login],
        message: `${id} is the id of ${quoted(holder)} already; ids tell people apart`,
      },
    ];
  });
}

function proxyMisfits(content: unknown): readonly Misfit[] {
  const proxies = fieldOf(content, "proxies");
  const systems = entriesOf(fieldOf(content, "systems"));
  const misfits: Misfit[] = [];
  for (const [system, value] of systems) {
    const name = fieldOf(value, "proxy");
    if (typeof name !== "string" || !isMapping(proxies) || Object.hasOwn(proxies, name)) continue;
    const known = Object.keys(proxies).join(", ");
    misfits.push({
      path: ["systems", system, "proxy"],
      message: `${quoted(name)} is not in proxies; use ${known}`,
    });
  }
  const hosts = new Map<string, string>();
  for (const [name, proxy] of entriesOf(proxies)) {
    const syncUser = fieldOf(proxy, "syncUser");
    if (systems.some(([system]) => system === syncUser)) {
      const message = `${quoted(String(syncUser))} is a system; a sync needs an account of its own`;
      misfits.push({ path: ["proxies", name, "syncUser"], message });
    }
    const host = fieldOf(proxy, "host");
    if (typeof host !== "string") continue;
    const address = `${host.toLowerCase()} port ${String(fieldOf(proxy, "port") ?? 22)}`;
    const other = hosts.get(address);
    if (other === undefined) hosts.set(address, name);
    else
      misfits.push({
        path: ["proxies", name, "host"],
        message: `${address} is proxy ${quoted(other)} already`,
      });
  }
  return misfits;
}

/** Where the broker runs. */
function hostMisfits(content: unknown): readonly Misfit[] {
  const proxies = fieldOf(content, "proxies");
  const hosts = fieldOf(fieldOf(content, "broker"), "hosts");
  if (!Array.isArray(hosts) || !isMapping(proxies)) return [];
  return hosts.flatMap((name: unknown, index): readonly Misfit[] => {
    if (typeof name !== "string" || Object.hasOwn(proxies, name)) return [];
    const message = `${quoted(name)} is not in proxies; use ${Object.keys(proxies).join(", ")}`;
    return [{ path: ["broker", "hosts", index], message }];
  });
}

/** Tunnels of two systems would fight for a port that both ranges hold. */
function portMisfits(systems: unknown): readonly Misfit[] {
  const ranges = entriesOf(systems).flatMap(([system, value], index) => {
    const [proxy, text] = [fieldOf(value, "proxy"), fieldOf(value, "ports")];
    const ports = typeof text === "string" ? parsePorts(text) : undefined;
    return ports?.ok && typeof proxy === "string" ? [{ system, index, proxy, ports: ports.value }] : [];
  });
  // In the order of their first ports, each needs comparing with the one that has reached furthest, and no other.
  const furthest = new Map<string, (typeof ranges)[number]>();
  return ranges
    .sort((a, b) => a.ports.first - b.ports.first || a.index - b.index)
    .flatMap((range): readonly Misfit[] => {
      const before = furthest.get(range.proxy);
      if (before === undefined || range.ports.last > before.ports.last) furthest.set(range.proxy, range);
      if (before === undefined || before.ports.last < range.ports.first) return [];
      const [other, later] = before.index < range.index ? [before, range] : [range, before];
      const message = `${shown(later.ports)} overlaps ${shown(other.ports)} of system ${quoted(other.system)} on proxy ${quoted(range.proxy)}`;
      return [{ path: ["systems", later.system, "ports"], message }];
    });
}

/** Each port of a legacy system's range stands in every line of it, and sshd reads only so many. */
const legacyMisfits = (systems: unknown): readonly Misfit[] =>
  entriesOf(systems).flatMap(([system, value]): readonly Misfit[] => {
    const text = fieldOf(value, "ports");
    const ports = typeof text === "string" ? parsePorts(text) : undefined;
    if (fieldOf(value, "legacy") !== true || !ports?.ok) return [];
    const count = ports.value.last - ports.value.first + 1;
    if (count <= MOST_LEGACY_PORTS) return [];
    const message = `${shown(ports.value)} holds ${count} ports; a legacy system may have ${MOST_LEGACY_PORTS} at most`;
    return [{ path: ["systems", system, "ports"], message }];
  });

const shown = ({ first, last }: PortRange): string => `"${first}-${last}"`;

function roomMisfits(content: unknown): readonly Misfit[] {
  const realm = fieldOf(content, "realm");
  const suffix = fieldOf(content, "clientIdSuffix") ?? "";
  if (typeof realm !== "string" || typeof suffix !== "string" || !parseRealmName(realm).ok) return [];
  return entriesOf(fieldOf(content, "systems")).flatMap(([system]): readonly Misfit[] => {
    const room = roomInClientId(system, realm, suffix);
    if (room >= 1) return [];
    const message = `${quoted(suffix)} leaves ${room} characters for names of computers in system ${quoted(system)}; a client id holds ${LONGEST_CLIENT_ID}`;
    return [{ path: ["clientIdSuffix"], message }];
  });
}
