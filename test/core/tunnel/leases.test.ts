import { describe, expect, it } from "@jest/globals";
import {
  type Effect,
  type Keeper,
  nextTick,
  startKeeper,
  step,
  type TunnelEvent,
} from "../../../core/tunnel/leases.ts";
import { type LeaseId, leaseHash, parseControl } from "../../../core/tunnel/messages.ts";

const self = { port: 61333, boot: "b00t" };

/** One device whose clock the test moves; keeps what it did. */
class Device {
  state: Keeper;
  now = 0;

  constructor(withBroker = true) {
    this.state = startKeeper(withBroker, this.now);
    if (withBroker) this.event({ kind: "broker-online" });
  }

  event(event: TunnelEvent): string[] {
    const { state, effects } = step(this.state, event, self, this.now);
    this.state = state;
    return effects.map(shown).filter((effect) => effect !== "woken");
  }

  hear = (payload: string): string[] => this.event({ kind: "heard", message: parseControl(payload) });
  up = (): string[] => this.event({ kind: "tunnel-up" });

  /** Lets time pass, with ticks exactly when they are due, and nothing living in the tunnel unless `busy`. */
  pass(milliseconds: number, busy = false): string[] {
    const until = this.now + milliseconds;
    const effects: string[] = [];
    for (let due = nextTick(this.state, this.now); ; due = nextTick(this.state, this.now)) {
      if (due === undefined || due > until) break;
      this.now = due;
      const done = this.event({ kind: "tick" });
      effects.push(...done.filter((effect) => effect !== "look"));
      if (done.includes("look")) effects.push(...this.event({ kind: "channels", busy }));
    }
    this.now = until;
    return effects;
  }
}

const shown = (effect: Effect): string => (effect.kind === "publish" ? effect.payload : effect.kind);
const lease = (id: string, seq: number, ttl = 60): string => `connect|v=2|id=${id}|seq=${seq}|ttl=${ttl}`;
const state = (...ids: string[]): string => {
  const hashes = ids.map((id) => leaseHash(id as LeaseId)).sort();
  return `connected|port=61333|v=2|boot=b00t|n=${ids.length}|leases=${hashes.join(",")}`;
};

describe("a device that hears plain words", () => {
  it("opens on connect, answers once the tunnel stands, and exactly as the older kind does", () => {
    const device = new Device();
    expect(device.hear("connect")).toEqual(["open"]);
    expect(device.up()).toEqual(["connected|port=61333"]);
    expect(device.hear("connect")).toEqual(["connected|port=61333"]);
  });

  it("answers disconnect with exactly `disconnected`, and closes when nothing lives in the tunnel", () => {
    const device = new Device();
    device.hear("connect");
    device.up();
    expect(device.hear("disconnect")).toEqual(["look", "disconnected"]);
    expect(device.pass(4_900)).toEqual([]);
    expect(device.pass(2_000)).toEqual(["close"]);
  });

  it("says after two seconds that others still hold leases", () => {
    const device = new Device();
    device.hear("connect");
    device.hear(lease("a", 1));
    device.up();
    expect(device.hear("disconnect")).toEqual(["disconnected"]);
    expect(device.pass(1_999)).toEqual([]);
    expect(device.pass(1)).toEqual([state("a")]);
    expect(device.pass(20_000)).toEqual([]);
  });

  it("answers unknown words with its state", () => {
    const device = new Device();
    expect(device.hear("how are you?")).toEqual(["disconnected"]);
    device.hear("connect");
    device.up();
    expect(device.hear("how are you?")).toEqual(["connected|port=61333"]);
  });
});

describe("a device with leases", () => {
  it("shows each by its hash, and stays up until the last has ended", () => {
    const device = new Device();
    expect(device.hear(lease("a", 1))).toEqual(["open"]);
    expect(device.up()).toEqual([state("a")]);
    expect(device.hear(lease("b", 1))).toEqual([state("a", "b")]);
    expect(device.hear("disconnect|v=2|id=a|seq=2")).toEqual([state("b")]);
    expect(device.pass(30_000)).toEqual([]);
    expect(device.hear("disconnect|v=2|id=b|seq=2")).toEqual(["look", "disconnected"]);
    expect(device.pass(7_000)).toEqual(["close"]);
  });

  it("ends a lease that nobody renews, and not one that is renewed", () => {
    const device = new Device();
    device.hear(lease("a", 1, 60));
    device.hear(lease("b", 1, 60));
    device.up();
    device.pass(40_000);
    expect(device.hear(lease("b", 2, 60))).toEqual([state("a", "b")]);
    device.pass(20_000);
    expect(device.hear("?")).toEqual([state("b")]);
    expect(device.pass(40_000)).toEqual(["disconnected"]);
  });

  it("keeps the tunnel while a connection lives in it, whoever has gone", () => {
    const device = new Device();
    device.hear(lease("a", 1, 10));
    device.up();
    expect(device.pass(600_000, true)).toEqual(["disconnected"]);
    expect(device.pass(7_000)).toEqual(["close"]);
  });

  it("ignores a message that was overtaken by a later one", () => {
    const device = new Device();
    device.hear(lease("a", 5));
    device.up();
    expect(device.hear("disconnect|v=2|id=a|seq=5")).toEqual([state("a")]);
    device.hear("disconnect|v=2|id=a|seq=6");
    expect(device.hear(lease("a", 4))).toEqual(["disconnected"]);
    expect(device.pass(10_000)).toEqual(["close"]);
  });

  it("ignores a connect that arrives after its own disconnect", () => {
    const device = new Device();
    expect(device.hear("disconnect|v=2|id=a|seq=2")).toEqual(["disconnected"]);
    expect(device.hear(lease("a", 1))).toEqual(["disconnected"]);
  });

  it("ignores a seq that jumps far ahead", () => {
    const device = new Device();
    device.hear(lease("a", 1));
    device.up();
    expect(device.hear("disconnect|v=2|id=a|seq=999999")).toEqual([state("a")]);
    expect(device.hear(lease("a", 2))).toEqual([state("a")]);
  });

  it("holds no more than 64 of them", () => {
    const device = new Device();
    for (let n = 0; n < 100; n++) device.hear(lease(`l${n}`, 1));
    expect(device.state.leases.held.size).toBe(64);
  });

  it("does not count the time away from its broker against them", () => {
    const device = new Device();
    device.hear(lease("a", 1, 60));
    device.up();
    device.pass(50_000);
    device.event({ kind: "broker-offline" });
    expect(device.pass(300_000)).toEqual([]);
    expect(device.event({ kind: "broker-online" })).toEqual([state("a")]);
    expect(device.pass(9_000)).toEqual([]);
    expect(device.pass(1_000)).toEqual(["disconnected"]);
  });

  it("wakes the device for each new lease, and not for its renewals", () => {
    const heard = (state: Keeper, payload: string) =>
      step(state, { kind: "heard", message: parseControl(payload) }, self, 0);
    const first = heard(startKeeper(true, 0), lease("a", 1));
    expect(first.effects).toContainEqual({ kind: "woken" });
    expect(heard(first.state, lease("a", 2)).effects).not.toContainEqual({ kind: "woken" });
    expect(heard(first.state, lease("b", 1)).effects).toContainEqual({ kind: "woken" });
  });

  it("keeps the tunnel for a new lease that comes while it lingers", () => {
    const device = new Device();
    device.hear(lease("a", 1));
    device.up();
    device.hear("disconnect|v=2|id=a|seq=2");
    device.pass(3_000);
    expect(device.hear(lease("b", 1))).toEqual([state("b")]);
    expect(device.pass(30_000)).toEqual([]);
  });

  it("opens again for a lease that comes while the tunnel is closing", () => {
    const device = new Device();
    device.hear(lease("a", 1));
    device.hear("disconnect|v=2|id=a|seq=2");
    expect(device.hear(lease("b", 1))).toEqual([]);
    expect(device.event({ kind: "tunnel-closed" })).toEqual(["open"]);
    expect(device.up()).toEqual([state("b")]);
  });
});

describe("a tunnel that fails", () => {
  it("is tried again with longer and longer pauses while somebody wants it", () => {
    const device = new Device();
    device.hear(lease("a", 1, 3600));
    const pauses = pausesOf(device, false);
    expect(pauses).toEqual([1, 2, 4, 8, 15, 15, 15, 15, 15].map((seconds) => seconds * 1000));
  });

  it("is tried more seldom where the proxy answers and says no", () => {
    const device = new Device();
    device.hear(lease("a", 1, 3600));
    const pauses = pausesOf(device, true);
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60].map((seconds) => seconds * 1000));
  });

  /** Of nine attempts, by middling luck. */
  function pausesOf(device: Device, refused: boolean): readonly number[] {
    const pauses: number[] = [];
    for (let attempt = 0; attempt < 9; attempt++) {
      device.event({ kind: "tunnel-failed", roll: 0.5, refused });
      const failedAt = device.now;
      device.now = nextTick(device.state, device.now) ?? Number.NaN;
      pauses.push(device.now - failedAt);
      expect(device.event({ kind: "tick" })).toEqual(["open"]);
    }
    return pauses;
  }

  it("is tried at once for somebody new", () => {
    const device = new Device();
    device.hear(lease("a", 1));
    device.event({ kind: "tunnel-failed", roll: 0.9 });
    expect(device.hear(lease("a", 2))).toEqual([]);
    expect(device.hear(lease("b", 1))).toEqual(["open"]);
  });

  it("is left alone once nobody wants it", () => {
    const device = new Device();
    device.hear(lease("a", 1, 5));
    device.event({ kind: "tunnel-failed", roll: 0.9 });
    device.hear("disconnect|v=2|id=a|seq=2");
    expect(device.pass(600_000)).toEqual([]);
  });

  it("is said to be gone when it is lost, and there again when it is back", () => {
    const device = new Device();
    device.hear(lease("a", 1));
    device.up();
    expect(device.event({ kind: "tunnel-lost", roll: 0.5 })).toEqual(["disconnected"]);
    expect(device.pass(1_000)).toEqual(["open"]);
    expect(device.up()).toEqual([state("a")]);
  });

  it("does not start its back-off anew by standing for a moment", () => {
    const device = new Device();
    device.hear(lease("a", 1, 3600));
    for (let n = 0; n < 5; n++) {
      device.up();
      device.event({ kind: "tunnel-lost", roll: 0.99 });
      device.pass(130_000);
    }
    expect(device.state.tunnel).toMatchObject({ kind: "opening", failures: 5 });
    device.up();
    device.pass(31_000);
    device.event({ kind: "tunnel-lost", roll: 0.99 });
    expect(device.state.tunnel).toMatchObject({ kind: "down", failures: 1 });
  });
});

describe("a device without its broker", () => {
  it("has its tunnel always up where the realm has no broker", () => {
    const device = new Device(false);
    expect(device.event({ kind: "tick" })).toEqual(["open"]);
    expect(device.up()).toEqual([]);
    expect(device.pass(3_600_000)).toEqual([]);
  });

  it("opens its tunnel anyway after ten minutes, and lets go of it when the broker is back", () => {
    const device = new Device();
    device.event({ kind: "broker-offline" });
    expect(device.pass(599_000)).toEqual([]);
    expect(device.pass(1_000)).toEqual(["open"]);
    expect(device.up()).toEqual([]);
    expect(device.pass(3_600_000)).toEqual([]);
    expect(device.event({ kind: "broker-online" })).toEqual(["look", "disconnected"]);
    expect(device.pass(7_000)).toEqual(["close"]);
  });

  it("counts the ten minutes from its start if it never found the broker", () => {
    const state = startKeeper(true, 0);
    expect(nextTick(state, 0)).toBe(600_000);
    expect(step(state, { kind: "tick" }, self, 600_000).effects).toEqual([{ kind: "open" }]);
  });
});
