import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { backoff } from "../../../core/tunnel/backoff.ts";
import { countLeases } from "../../../core/tunnel/lease-table.ts";
import {
  type Effect,
  type Keeper,
  nextTick,
  startKeeper,
  step,
  type TunnelEvent,
} from "../../../core/tunnel/leases.ts";
import { type Control, type LeaseId, parseState } from "../../../core/tunnel/messages.ts";

const self = { port: 61333, boot: "b00t" };
const anyLease = fc.constantFrom("a", "b", "c").map((id) => id as LeaseId);
const anyMessage: fc.Arbitrary<Control> = fc.oneof(
  fc.constantFrom<Control>(
    { word: "other" },
    { word: "connect", form: "plain" },
    { word: "disconnect", form: "plain" },
  ),
  fc.record({
    word: fc.constant("connect" as const),
    form: fc.constant("lease" as const),
    lease: anyLease,
    seq: fc.nat(40),
    ttl: fc.integer({ min: 1, max: 90 }),
  }),
  fc.record({
    word: fc.constant("disconnect" as const),
    form: fc.constant("lease" as const),
    lease: anyLease,
    seq: fc.nat(40),
  }),
);
const anyEvent: fc.Arbitrary<TunnelEvent> = fc.oneof(
  { weight: 4, arbitrary: anyMessage.map((message) => ({ kind: "heard", message }) as const) },
  fc.constantFrom<TunnelEvent>({ kind: "tick" }, { kind: "broker-online" }, { kind: "broker-offline" }),
  { weight: 3, arbitrary: fc.constantFrom<TunnelEvent>({ kind: "tunnel-up" }, { kind: "tunnel-closed" }) },
  fc.constantFrom<TunnelEvent>(
    { kind: "tunnel-failed", roll: 0.5 },
    { kind: "tunnel-lost", roll: 0.5 },
    { kind: "channels", busy: true },
    { kind: "channels", busy: false },
  ),
);
const anyStory = fc.array(fc.tuple(anyEvent, fc.nat(30_000)), { maxLength: 60 });

interface Moment {
  readonly before: Keeper;
  readonly event: TunnelEvent;
  readonly now: number;
  readonly state: Keeper;
  readonly effects: readonly Effect[];
}

function play(story: readonly (readonly [TunnelEvent, number])[], check: (moment: Moment) => void): void {
  let now = 0;
  let before = startKeeper(true, now);
  for (const [event, pause] of story) {
    now += pause;
    const { state, effects } = step(before, event, self, now);
    check({ before, event, now, state, effects });
    before = state;
  }
}

const always = (check: (moment: Moment) => void): void =>
  fc.assert(
    fc.property(anyStory, (story) => play(story, check)),
    { numRuns: 400 },
  );

describe("a device's tunnel, whatever happens", () => {
  it("is closed only with no lease and, if it stood, after quiet seconds", () => {
    always(({ before, effects, state, now }) => {
      if (!effects.some(({ kind }) => kind === "close")) return;
      expect(countLeases(state.leases)).toBe(0);
      if (before.tunnel.kind !== "up") return;
      expect(now - (before.tunnel.quietSince ?? now)).toBeGreaterThanOrEqual(5_000);
    });
  });

  it("is opened only when down, and closed only when opening or up", () => {
    always(({ before, event, effects }) => {
      const kinds = effects.map(({ kind }) => kind);
      const settled = event.kind === "tunnel-closed" && before.tunnel.kind === "closing";
      if (kinds.includes("open")) expect(settled || before.tunnel.kind === "down").toBe(true);
      if (kinds.includes("close")) expect(["opening", "up"]).toContain(before.tunnel.kind);
      expect(kinds.filter((kind) => kind === "open" || kind === "close").length).toBeLessThanOrEqual(1);
    });
  });

  it("is said to be connected only while it stands for somebody", () => {
    always(({ state, effects }) => {
      for (const effect of effects) {
        if (effect.kind !== "publish") continue;
        expect(state.broker.kind).toBe("online");
        const said = parseState(effect.payload);
        expect(["connected", "disconnected"]).toContain(said.word);
        if (said.word !== "connected") continue;
        expect(state.tunnel.kind).toBe("up");
        expect(countLeases(state.leases)).toBeGreaterThan(0);
        if (said.form === "lease") expect(said.count).toBe(countLeases(state.leases));
      }
    });
  });

  it("answers each plain disconnect with exactly `disconnected`", () => {
    always(({ before, event, effects }) => {
      if (event.kind !== "heard" || event.message.word !== "disconnect") return;
      if (event.message.form !== "plain" || before.broker.kind !== "online") return;
      expect(effects.filter(({ kind }) => kind === "publish")).toEqual([
        { kind: "publish", payload: "disconnected" },
      ]);
    });
  });

  it("never moves a lease's seq backwards", () => {
    always(({ before, state }) => {
      for (const [lease, { seq }] of state.leases.held) {
        const last = before.leases.held.get(lease);
        if (last !== undefined) expect(seq).toBeGreaterThanOrEqual(last.seq);
      }
    });
  });

  it("asks for a tick later than now once a tick was given", () => {
    always(({ state, now }) => {
      const ticked = step(state, { kind: "tick" }, self, now).state;
      expect(nextTick(ticked, now) ?? Number.POSITIVE_INFINITY).toBeGreaterThan(now);
    });
  });
});

describe("backoff", () => {
  it("stays between a quarter second and half a minute, or two where it was refused", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        fc.boolean(),
        (failures, roll, refused) => {
          const pause = backoff(failures, roll, refused);
          expect(pause).toBeGreaterThanOrEqual(250);
          expect(pause).toBeLessThanOrEqual(refused ? 120_000 : 30_000);
        },
      ),
    );
  });
});
