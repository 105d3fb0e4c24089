import { formatId } from "../names.ts";
import type { KeyGrant, Ports } from "./authorized-keys.ts";
import type { Directory } from "./directory.ts";

/**
 * Judges what lines of legacy systems may do beside what any line may: one range for all lines of a system whose
 * directory says that it is legacy, and no port of it any other system's.
 */
export function legacyProblems(
  grants: Iterable<KeyGrant>,
  directories: ReadonlyMap<string, Pick<Directory, "legacy">>,
): string[] {
  const problems: string[] = [];
  const ranges = new Map<string, Ports | undefined>();
  const held: { readonly system: string; readonly ports: Ports; readonly whose: string }[] = [];
  for (const grant of grants) {
    if (grant.role === "asker") continue;
    const { system } = grant.computer;
    const whose = formatId(grant.computer);
    if (!ranges.has(system)) ranges.set(system, grant.legacy);
    else if (!same(ranges.get(system), grant.legacy))
      problems.push(`${whose} has another legacy range than the lines before it`);
    if (grant.role === "device")
      held.push({ system, ports: { first: grant.port, last: grant.port }, whose: `port of ${whose}` });
  }
  for (const [system, ports] of ranges) {
    if (ports === undefined) continue;
    if (directories.get(system)?.legacy !== true)
      problems.push(
        `authorized_keys/${system}: has a legacy range, and its directory is not of a legacy system`,
      );
    held.push({ system, ports, whose: `range of ${system}` });
    for (const other of held) {
      if (other.system === system || other.ports.last < ports.first || other.ports.first > ports.last)
        continue;
      problems.push(`legacy range of ${system} holds the ${other.whose}`);
    }
  }
  return problems;
}

const same = (a: Ports | undefined, b: Ports | undefined): boolean =>
  a?.first === b?.first && a?.last === b?.last;
