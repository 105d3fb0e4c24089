import { describe, expect, it } from "@jest/globals";
import { shownState, startKeeper, step, type TunnelEvent } from "../../core/tunnel/leases.ts";
import { parseControl, printState } from "../../core/tunnel/messages.ts";

const self = { port: 61333, boot: "boot" };
const VICTIM = "c0ffee00c0ffee00c0ffee00c0ffee00";

/** A device whose tunnel stands by the victim's lease, then hears what others say; how many leases are left. */
function leftAfter(...payloads: readonly string[]): number {
  const heard = (payload: string): TunnelEvent => ({ kind: "heard", message: parseControl(payload) });
  const story: TunnelEvent[] = [
    { kind: "broker-online" },
    heard(`connect|v=2|id=${VICTIM}|seq=1|ttl=60`),
    { kind: "tunnel-up" },
    ...payloads.map(heard),
  ];
  const state = story.reduce((before, event) => step(before, event, self, 1000).state, startKeeper(true, 0));
  const shown = shownState(state, self);
  return shown.word === "connected" && shown.form === "lease"
    ? shown.count
    : shown.word === "connected"
      ? 1
      : 0;
}

describe("a controller who wants to end another's lease", () => {
  it("could with its id, which is 128 random bits: the tests below can fail", () => {
    expect(leftAfter(`disconnect|v=2|id=${VICTIM}|seq=2`)).toBe(0);
  });

  it("ends only its own", () => {
    expect(leftAfter("connect|v=2|id=mine|seq=1|ttl=60", "disconnect|v=2|id=mine|seq=2")).toBe(1);
    expect(leftAfter("disconnect|v=2|id=guess|seq=2", "disconnect")).toBe(1);
  });

  it("learns no id from the state that the device shows", () => {
    const online = step(startKeeper(true, 0), { kind: "broker-online" }, self, 0).state;
    const leased = step(
      online,
      { kind: "heard", message: parseControl(`connect|v=2|id=${VICTIM}|seq=1|ttl=60`) },
      self,
      0,
    );
    const up = step(leased.state, { kind: "tunnel-up" }, self, 0).state;
    const shown = shownState(up, self);
    if (shown.word !== "connected" || shown.form !== "lease") throw new Error("no lease is shown");
    expect(printState(shown)).not.toContain(VICTIM);
    // The hash that is shown is no id either.
    expect(leftAfter(`disconnect|v=2|id=${shown.leases[0]}|seq=2`)).toBe(1);
  });

  it("replays nothing: a message that was heard counts no second time", () => {
    const renewed = `connect|v=2|id=${VICTIM}|seq=5|ttl=60`;
    expect(leftAfter(renewed, `disconnect|v=2|id=${VICTIM}|seq=5`)).toBe(1);
    expect(leftAfter(renewed, `disconnect|v=2|id=${VICTIM}|seq=3`)).toBe(1);
  });

  it("blocks no renewal by a huge sequence number", () => {
    const huge = `connect|v=2|id=${VICTIM}|seq=999999999999999|ttl=60`;
    expect(leftAfter(huge, `disconnect|v=2|id=${VICTIM}|seq=2`)).toBe(0);
  });

  it("holds a tunnel open for no longer than an hour without renewing", () => {
    expect(parseControl("connect|v=2|id=mine|seq=1|ttl=999999999")).toMatchObject({ ttl: 3600 });
  });

  it("fills the device's memory with no number of leases", () => {
    const flood = Array.from({ length: 500 }, (_, n) => `connect|v=2|id=flood${n}|seq=1|ttl=60`);
    expect(leftAfter(...flood)).toBeLessThanOrEqual(64);
  });
});
