import { type ComputerName, formatId } from "../names.ts";
import { type Parsed, parsed, unparsed } from "../place.ts";
import type { System } from "../realm/realm.ts";
import type { Occupied, Registry } from "../registry/registry.ts";

/** The port on the proxy for a device that has none yet. A computer without keys holds none. */
export function allocatePort(system: System, registry: Registry, device: ComputerName): Parsed<number> {
  const occupied = registry.occupied(system.name);
  return system.allocate === "number" ? numbered(system, occupied, device) : nextFree(system, occupied);
}

function nextFree({ name, ports }: System, { sorted }: Occupied): Parsed<number> {
  let port = ports.first;
  for (const taken of sorted) {
    if (taken === port) port++;
    else if (taken > port) break;
  }
  if (port <= ports.last) return parsed(port);
  return unparsed(`system ${JSON.stringify(name)} has no free port in ${ports.first}-${ports.last}`);
}

/** First port + the number in the name: `333` and `a333` want the same one, and the later is told so. */
function numbered({ ports }: System, occupied: Occupied, device: ComputerName): Parsed<number> {
  const numbers = device.match(/[0-9]+/g) ?? [];
  const [digits] = numbers;
  if (digits === undefined || numbers.length > 1) {
    const count = digits === undefined ? "no number" : `${numbers.length} numbers`;
    return unparsed(
      `computer name ${JSON.stringify(device)} has ${count}; one sets its port here (allocate: number)`,
    );
  }
  const port = ports.first + Number(digits);
  if (port > ports.last) {
    return unparsed(
      `computer name ${JSON.stringify(device)} asks for port ${port}; ${ports.last} is the last`,
    );
  }
  const holder = occupied.ports.get(port);
  if (holder !== undefined && holder.id.computer !== device) {
    return unparsed(
      `port ${port} of ${JSON.stringify(device)} is held by ${formatId(holder.id)}; choose another number`,
    );
  }
  return parsed(port);
}
