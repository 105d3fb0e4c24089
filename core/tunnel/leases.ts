import { backoff } from "./backoff.ts";
import {
  countLeases,
  expire,
  firstEnd,
  hear,
  type LeaseTable,
  type Moment,
  noLeases,
  postpone,
} from "./lease-table.ts";
import { type Control, leaseHash, printState, type TunnelState } from "./messages.ts";
import type { Standing } from "./standing.ts";

/** When a device's tunnel is to stand, and what the device says about it. */
export interface Keeper {
  readonly leases: LeaseTable;
  readonly broker:
    | { readonly kind: "none" }
    | { readonly kind: "online" }
    | { readonly kind: "offline"; readonly since: Moment };
  readonly tunnel: Tunnel;
  /** The word last published; "nothing" after each return of the broker, so that it is said again. */
  readonly said: "connected" | "disconnected" | "nothing";
  /** When to say `connected` again after a plain peer was told `disconnected`. */
  readonly repeatAt?: Moment;
}

type Tunnel =
  | { readonly kind: "down"; readonly failures: number; readonly retryAt: Moment }
  | { readonly kind: "opening"; readonly failures: number }
  | {
      readonly kind: "up";
      readonly failures: number;
      readonly since: Moment;
      readonly lookAt: Moment;
      /** Since when no connection was seen in it, while nobody holds a lease. */
      readonly quietSince?: Moment;
    }
  | { readonly kind: "closing" };

/** `roll` is a random number in [0, 1): the reducer stays a function of its arguments. */
export type TunnelEvent =
  | { readonly kind: "heard"; readonly message: Control }
  | { readonly kind: "tick" }
  | { readonly kind: "tunnel-up" }
  /** `refused`: the proxy answered, and said no. */
  | { readonly kind: "tunnel-failed"; readonly roll: number; readonly refused?: boolean }
  | { readonly kind: "tunnel-lost"; readonly roll: number }
  | { readonly kind: "tunnel-closed" }
  | { readonly kind: "channels"; readonly busy: boolean }
  | { readonly kind: "broker-online" | "broker-offline" };

export type Effect =
  | { readonly kind: "open" }
  | { readonly kind: "close" }
  /** Somebody new holds a lease: what the device knows of its controllers may be out of date. */
  | { readonly kind: "woken" }
  /** See whether a connection lives in the tunnel, and report it as `channels`. */
  | { readonly kind: "look" }
  | { readonly kind: "publish"; readonly payload: string };

export interface Step {
  readonly state: Keeper;
  readonly effects: readonly Effect[];
}

/** What the device is: its port, and a nonce that is new at each start. */
export interface Self {
  readonly port: number;
  readonly boot: string;
}

/** Long enough for a controller's next ssh to find the tunnel still there. */
const LINGER = 5_000;
const LOOK_EVERY = 1_000;
/** Programs of the older kind take what follows their `disconnected` too early for a new connection. */
const REPEAT_AFTER = 2_000;
const BROKER_PATIENCE = 600_000;
/** A tunnel that stood this long was a success: the back-off starts anew. */
const STEADY = 30_000;

/** A device that has just started. Without a broker nobody could wake it: its tunnel is always up. */
export const startKeeper = (withBroker: boolean, now: Moment): Keeper => ({
  leases: noLeases,
  broker: withBroker ? { kind: "offline", since: now } : { kind: "none" },
  tunnel: { kind: "down", failures: 0, retryAt: now },
  said: "nothing",
});

/** One event in, the next state and what to do out. */
export function step(state: Keeper, event: TunnelEvent, self: Self, now: Moment): Step {
  const taken = take(state, event, now);
  const expired = taken.broker.kind === "offline" ? taken : { ...taken, leases: expire(taken.leases, now) };
  const woken = event.kind === "heard" && hear(state.leases, event.message, now).fresh;
  const moved = move(expired, now);
  const said = say(moved.state, event, self, now);
  // Behind an opening: the directory can then come over the tunnel's own connection.
  const asked: Effect[] = woken ? [{ kind: "woken" }] : [];
  return { state: said.state, effects: [...moved.effects, ...asked, ...said.effects] };
}

/** When the next tick is due at the latest; undefined if only an event can change anything. */
export function nextTick(state: Keeper, now: Moment): Moment | undefined {
  const { tunnel, broker } = state;
  const due: (Moment | undefined)[] = [];
  if (broker.kind !== "offline") due.push(firstEnd(state.leases), state.repeatAt);
  else if (!isWanted(state, now)) due.push(broker.since + BROKER_PATIENCE);
  if (isWanted(state, now) && tunnel.kind === "down") due.push(tunnel.retryAt);
  if (!isWanted(state, now) && tunnel.kind === "up") due.push(tunnel.lookAt);
  const moments = due.filter((moment) => moment !== undefined);
  return moments.length === 0 ? undefined : Math.max(now, Math.min(...moments));
}

/** What an observer is told: connected while the tunnel stands and somebody holds a lease on it. */
export function shownState({ tunnel, leases }: Keeper, { port, boot }: Self): TunnelState {
  const count = countLeases(leases);
  if (tunnel.kind !== "up" || count === 0) return { word: "disconnected" };
  if (leases.held.size === 0) return { word: "connected", form: "plain", port };
  const hashes = [...leases.held.keys()].map(leaseHash).sort();
  return { word: "connected", form: "lease", port, boot, count, leases: hashes };
}

export const standingOf = ({ broker, tunnel, leases }: Keeper, port: number): Standing => ({
  broker: broker.kind,
  tunnel: tunnel.kind,
  ...(tunnel.kind === "up" ? { port } : {}),
  leases: countLeases(leases),
});

function isWanted({ leases, broker }: Keeper, now: Moment): boolean {
  if (broker.kind === "none" || countLeases(leases) > 0) return true;
  return broker.kind === "offline" && now - broker.since >= BROKER_PATIENCE;
}

/** What the event itself says, before anything follows from it. */
function take(state: Keeper, event: TunnelEvent, now: Moment): Keeper {
  const { tunnel, broker } = state;
  switch (event.kind) {
    case "tick":
      return state;
    case "heard": {
      const { table, fresh } = hear(state.leases, event.message, now);
      // Somebody new is waiting: the back-off is for those who only hold on.
      const eager = fresh && tunnel.kind === "down" ? { ...tunnel, retryAt: now } : tunnel;
      return { ...state, leases: table, tunnel: eager };
    }
    case "tunnel-up":
      if (tunnel.kind !== "opening") return state;
      return { ...state, tunnel: { kind: "up", failures: tunnel.failures, since: now, lookAt: now } };
    case "tunnel-failed":
      return tunnel.kind === "opening"
        ? { ...state, tunnel: failed(tunnel.failures, event.roll, now, event.refused) }
        : state;
    case "tunnel-lost": {
      if (tunnel.kind !== "up") return state;
      const before = now - tunnel.since >= STEADY ? 0 : tunnel.failures;
      return { ...state, tunnel: failed(before, event.roll, now) };
    }
    case "tunnel-closed":
      if (tunnel.kind !== "closing") return state;
      return { ...state, tunnel: { kind: "down", failures: 0, retryAt: now } };
    case "channels": {
      if (tunnel.kind !== "up") return state;
      const { quietSince, ...up } = tunnel;
      return { ...state, tunnel: event.busy ? up : { ...up, quietSince: quietSince ?? now } };
    }
    case "broker-offline":
      return broker.kind === "online" ? { ...state, broker: { kind: "offline", since: now } } : state;
    case "broker-online": {
      if (broker.kind !== "offline") return state;
      const leases = postpone(state.leases, now - broker.since);
      return { ...state, broker: { kind: "online" }, leases, said: "nothing" };
    }
  }
}

const failed = (before: number, roll: number, now: Moment, refused = false): Tunnel => ({
  kind: "down",
  failures: before + 1,
  retryAt: now + backoff(before + 1, roll, refused),
});

/** Brings the tunnel nearer to what is wanted. */
function move(state: Keeper, now: Moment): Step {
  const { tunnel } = state;
  const still = { state, effects: [] };
  if (isWanted(state, now)) {
    if (tunnel.kind === "down" && tunnel.retryAt <= now) {
      const opening: Tunnel = { kind: "opening", failures: tunnel.failures };
      return { state: { ...state, tunnel: opening }, effects: [{ kind: "open" }] };
    }
    if (tunnel.kind !== "up" || tunnel.quietSince === undefined) return still;
    const { quietSince: _, ...up } = tunnel;
    return { state: { ...state, tunnel: up }, effects: [] };
  }
  if (tunnel.kind === "opening") return closing(state);
  if (tunnel.kind !== "up") return still;
  if (tunnel.quietSince !== undefined && now - tunnel.quietSince >= LINGER) return closing(state);
  if (now < tunnel.lookAt) return still;
  const looked = { ...tunnel, lookAt: now + LOOK_EVERY };
  return { state: { ...state, tunnel: looked }, effects: [{ kind: "look" }] };
}

const closing = (state: Keeper): Step => ({
  state: { ...state, tunnel: { kind: "closing" } },
  effects: [{ kind: "close" }],
});

/** Publishes an answer to whoever asked, and what has changed for all. */
function say(state: Keeper, event: TunnelEvent, self: Self, now: Moment): Step {
  if (state.broker.kind !== "online") return { state, effects: [] };
  const view = shownState(state, self);
  if (event.kind === "heard") {
    const { message } = event;
    if (message.word === "disconnect" && message.form === "plain") {
      const repeat = view.word === "connected" ? { repeatAt: now + REPEAT_AFTER } : {};
      return publish({ ...withoutRepeat(state), ...repeat }, { word: "disconnected" });
    }
    // A `connect` is answered once the tunnel stands: `disconnected` would be taken for an answer.
    if (message.word === "connect" && view.word === "disconnected" && isWanted(state, now)) {
      return { state, effects: [] };
    }
    const toPlain = message.word === "connect" && message.form === "plain" && view.word === "connected";
    return publish(
      withoutRepeat(state),
      toPlain ? { word: "connected", form: "plain", port: self.port } : view,
    );
  }
  if (state.repeatAt !== undefined && now < state.repeatAt) return { state, effects: [] };
  const settled = withoutRepeat(state);
  if (view.word === settled.said) return { state: settled, effects: [] };
  const waiting = settled.said === "nothing" && countLeases(settled.leases) > 0;
  if (view.word === "disconnected" && waiting) return { state: settled, effects: [] };
  return publish(settled, view);
}

const withoutRepeat = ({ repeatAt: _, ...state }: Keeper): Keeper => state;

function publish(state: Keeper, view: TunnelState): Step {
  if (view.word === "other") return { state, effects: [] };
  return {
    state: { ...state, said: view.word },
    effects: [{ kind: "publish", payload: printState(view) }],
  };
}
