import type { Held } from "../core/access/held.ts";
import { hashOf, isBrokerPath } from "../core/access/manifest.ts";
import { clientsOf } from "../core/broker/clients.ts";
import { type Holders, readHolders } from "../core/broker/holders-file.ts";
import { REVOCATIONS } from "../core/broker/revocations.ts";
import type { BrokerTold, Told } from "../core/broker/told.ts";
import { causeOf, Failure } from "../core/failure.ts";
import type { BrokerControl, ToldStore } from "../core/ports/broker.ts";
import type { Generations } from "../core/ports/proxy-disk.ts";

export interface TellBrokerPorts {
  readonly generations: Pick<Generations, "current" | "read" | "locked">;
  readonly broker: BrokerControl;
  readonly told: ToldStore;
}

/** Tells this host's broker what the generation in force says, if it was not told yet. Never rejects. */
export async function tellBroker(ports: TellBrokerPorts): Promise<BrokerTold> {
  try {
    return await ports.generations.locked(() => tellLocked(ports));
  } catch (error) {
    return { kind: "failed", problem: causeOf(error) };
  }
}

/** Whether the broker was not told of the generation in force: it did not answer, or said no. */
export async function isUntold({ generations, told }: Omit<TellBrokerPorts, "broker">): Promise<boolean> {
  const { digest } = rulesIn(await generations.current());
  return (await told.load())?.digest !== digest;
}

function rulesIn(held: Held) {
  const files = held.kind === "empty" ? {} : held.manifest.files;
  const hashes = Object.entries(files).filter(([path]) => isBrokerPath(path));
  return { hashes, list: files[REVOCATIONS], digest: hashOf(JSON.stringify(hashes)) };
}

async function tellLocked({ generations, broker, told }: TellBrokerPorts): Promise<BrokerTold> {
  const { hashes, list, digest } = rulesIn(await generations.current());
  // Not the same as rules for nobody: those would put everybody out.
  if (list === undefined)
    throw new Failure("refused", "generation in force has no rules for a broker", {
      hint: "name this proxy in broker.hosts of realm.yaml",
    });
  const before = await told.load();
  if (before?.digest === digest) return { kind: "same" };

  const systems: Holders[] = [];
  for (const [path, hash] of hashes) {
    if (path === REVOCATIONS) continue;
    const text = await generations.read(path);
    const read = readHolders(text);
    if (hashOf(text) !== hash || !read.ok) throw new Failure("refused", `${path} is not as it was applied`);
    systems.push(read.value);
  }
  const clients = clientsOf(systems);
  const known = new Set(before?.revoked);
  const lost = clients.filter(({ revoked }) => revoked.some((certificate) => !known.has(certificate)));
  const { added, removed } = await broker.govern(clients, {
    lost: new Set(lost.map(({ clientId }) => clientId)),
    listChanged: before?.list !== list,
  });
  const revoked = systems.flatMap((system) => Object.values(system.revoked).flat()).toSorted();
  const now: Told = { digest, list, revoked };
  await told.save(now);
  return { kind: "told", added: added.length, removed: removed.length };
}
