import type { Control, LeaseId } from "./messages.ts";

/** Milliseconds of a clock that never jumps; its zero means nothing. */
export type Moment = number;

/** Who claims the tunnel. Never changed: each function makes another. */
export interface LeaseTable {
  /** The one lease that all plain `connect`s share; it lasts until a plain `disconnect`, as it always has. */
  readonly plain: boolean;
  readonly held: ReadonlyMap<LeaseId, { readonly seq: number; readonly end: Moment }>;
  /** Leases that ended lately, so that a message overtaken by its own `disconnect` opens nothing. */
  readonly ended: ReadonlyMap<LeaseId, { readonly seq: number; readonly until: Moment }>;
}

export const noLeases: LeaseTable = { plain: false, held: new Map(), ended: new Map() };

/** A stranger who learnt an id could else spoil it for its owner by one huge `seq`. */
const FARTHEST_JUMP = 1000;
const MOST_LEASES = 64;
const MOST_ENDED = 256;
const REMEMBERED = 120_000;

export const countLeases = ({ plain, held }: LeaseTable): number => held.size + (plain ? 1 : 0);

/** Takes in one message. `fresh`: it brought a lease that was not there. */
export function hear(
  table: LeaseTable,
  message: Control,
  now: Moment,
): { readonly table: LeaseTable; readonly fresh: boolean } {
  if (message.word === "other") return { table, fresh: false };
  if (message.form === "plain") {
    const plain = message.word === "connect";
    return { table: { ...table, plain }, fresh: plain && !table.plain };
  }
  const { lease, seq } = message;
  const known = table.held.get(lease);
  const last = known ?? table.ended.get(lease);
  if (last !== undefined && (seq <= last.seq || seq > last.seq + FARTHEST_JUMP)) {
    return { table, fresh: false };
  }
  if (message.word === "disconnect") return { table: end(table, lease, seq, now), fresh: false };
  if (known === undefined && table.held.size >= MOST_LEASES) return { table, fresh: false };
  const held = new Map(table.held).set(lease, { seq, end: now + message.ttl * 1000 });
  const ended = new Map(table.ended);
  ended.delete(lease);
  return { table: { ...table, held, ended }, fresh: known === undefined };
}

/** Ends what nobody renewed in time. */
export function expire(table: LeaseTable, now: Moment): LeaseTable {
  let left = table;
  for (const [lease, { seq, end: at }] of table.held) {
    if (at <= now) left = end(left, lease, seq, now);
  }
  if (![...left.ended.values()].some(({ until }) => until <= now)) return left;
  return { ...left, ended: new Map([...left.ended].filter(([, { until }]) => until > now)) };
}

/** Puts all ends off: while the agent is away from its broker, no renewal can reach it. */
export function postpone(table: LeaseTable, by: number): LeaseTable {
  const held = new Map([...table.held].map(([lease, { seq, end: at }]) => [lease, { seq, end: at + by }]));
  return { ...table, held };
}

export function firstEnd({ held }: LeaseTable): Moment | undefined {
  const ends = [...held.values()].map(({ end: at }) => at);
  return ends.length === 0 ? undefined : Math.min(...ends);
}

function end(table: LeaseTable, lease: LeaseId, seq: number, now: Moment): LeaseTable {
  const held = new Map(table.held);
  held.delete(lease);
  const ended = new Map([...table.ended].slice(-(MOST_ENDED - 1)));
  ended.delete(lease);
  return { ...table, held, ended: ended.set(lease, { seq, until: now + REMEMBERED }) };
}
