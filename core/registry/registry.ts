import { type ComputerId, formatId, type SystemName } from "../names.ts";
import { type ComputerRecord, isEnrolled, type RefusedKey } from "./record.ts";
import type { SystemEntries } from "./system-entry.ts";

const NO_SYSTEMS: SystemEntries = new Map();

/** What access is computed from: systems one by one, so that a large registry need not stand in memory whole. */
export type SystemRecords = Pick<Registry, "sequence" | "systems" | "inSystem">;

/** The registry at one commit, indexed for the questions that a decision asks. Never changed: `with` makes another. */
export class Registry {
  static readonly empty = new Registry(0, new Map(), NO_SYSTEMS);

  readonly sequence: number;
  /** What registry.json holds of systems; one that no sweep has seen yet is missing. */
  readonly systems: SystemEntries;
  readonly #records: ReadonlyMap<string, ComputerRecord>;
  #holders: Map<string, ComputerId> | undefined;
  #refused: Map<string, ComputerId> | undefined;
  #systems: Map<SystemName, ComputerRecord[]> | undefined;
  readonly #occupied = new Map<SystemName, Occupied>();

  private constructor(
    sequence: number,
    records: ReadonlyMap<string, ComputerRecord>,
    systems: SystemEntries,
  ) {
    this.sequence = sequence;
    this.#records = records;
    this.systems = systems;
  }

  static of(sequence: number, records: Iterable<ComputerRecord>, systems = NO_SYSTEMS): Registry {
    const all = new Map([...records].map((record) => [formatId(record.id), record]));
    return new Registry(sequence, all, systems);
  }

  /** This registry with some records put in or replaced, and with other systems where they are given. */
  with(sequence: number, records: Iterable<ComputerRecord>, systems = this.systems): Registry {
    const all = new Map(this.#records);
    for (const record of records) all.set(formatId(record.id), record);
    return new Registry(sequence, all, systems);
  }

  get size(): number {
    return this.#records.size;
  }

  get(id: ComputerId): ComputerRecord | undefined {
    return this.#records.get(formatId(id));
  }

  all(): Iterable<ComputerRecord> {
    return this.#records.values();
  }

  inSystem(system: SystemName): readonly ComputerRecord[] {
    this.#systems ??= groupBySystem(this.#records.values());
    return this.#systems.get(system) ?? [];
  }

  /** Who is enrolled in a system; a computer without keys counts for nothing there. */
  occupied(system: SystemName): Occupied {
    const known = this.#occupied.get(system) ?? occupiedBy(this.inSystem(system).filter(isEnrolled));
    this.#occupied.set(system, known);
    return known;
  }

  /** The computer that holds this key now; fingerprints are unique in a realm, whatever the key is used for. */
  holderOf(fingerprint: string): ComputerId | undefined {
    this.#holders ??= indexed(this.#records.values(), heldFingerprints);
    return this.#holders.get(fingerprint);
  }

  /** The computer from which this key was revoked: such a key is refused for ever. */
  revokedFrom(fingerprint: string): ComputerId | undefined {
    this.#refused ??= indexed(this.#records.values(), ({ refused }) => refused.map(fingerprintOf));
    return this.#refused.get(fingerprint);
  }
}

export interface Occupied {
  readonly computers: number;
  readonly ports: ReadonlyMap<number, ComputerRecord>;
  /** The same ports, the lowest first. */
  readonly sorted: Uint16Array;
}

function occupiedBy(enrolled: readonly ComputerRecord[]): Occupied {
  const ports = new Map(
    enrolled.flatMap((record) => (record.port === undefined ? [] : [[record.port, record]])),
  );
  return { computers: enrolled.length, ports, sorted: Uint16Array.from(ports.keys()).sort() };
}

const fingerprintOf = ({ fingerprint }: RefusedKey): string => fingerprint;

const heldFingerprints = ({ sshKeys, hostKeys, certificates }: ComputerRecord): string[] => [
  ...sshKeys.map(({ fingerprint }) => fingerprint),
  ...hostKeys.map(({ fingerprint }) => fingerprint),
  ...certificates.map(({ keySha256 }) => keySha256),
];

function indexed(
  records: Iterable<ComputerRecord>,
  keysOf: (record: ComputerRecord) => string[],
): Map<string, ComputerId> {
  const index = new Map<string, ComputerId>();
  for (const record of records) for (const key of keysOf(record)) index.set(key, record.id);
  return index;
}

function groupBySystem(records: Iterable<ComputerRecord>): Map<SystemName, ComputerRecord[]> {
  const systems = new Map<SystemName, ComputerRecord[]>();
  for (const record of records) {
    const group = systems.get(record.id.system);
    if (group === undefined) systems.set(record.id.system, [record]);
    else group.push(record);
  }
  return systems;
}
