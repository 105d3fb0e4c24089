import { randomBytes } from "node:crypto";
import { beforeEach, describe, expect, it } from "@jest/globals";
import { type ComputerId, formatId, parseComputerId } from "../../core/names.ts";
import type { Woken } from "../../core/ports/leases.ts";
import { controlTopic, parseControl, printState, stateTopic } from "../../core/tunnel/messages.ts";
import { RENEW_EVERY } from "../../flows/lease.ts";
import { Leases } from "../../flows/leases.ts";
import { TunnelDriver } from "../../flows/tunnel-driver.ts";
import { InMemoryBroker } from "../fixtures/in-memory-broker.ts";
import { MovedTime } from "../made/moved-time.ts";

function idOf(text: string): ComputerId {
  const read = parseComputerId(text);
  if (!read.ok) throw new Error(read.problem);
  return read.value;
}

const id = idOf("333.hula.atlas");
const PORT = 61333;

let time: MovedTime;
let broker: InMemoryBroker;
let leases: Leases;
/** What the device's tunnel did. */
let tunnel: string[];

beforeEach(() => {
  time = new MovedTime();
  broker = new InMemoryBroker();
  leases = new Leases({ broker, stopwatch: time, random: () => randomBytes(16) });
  tunnel = [];
});

/** How waking them went, by id, once all is known. */
const taken = (ids: readonly ComputerId[]): Promise<ReadonlyMap<string, Woken>> =>
  new Promise((resolve) => {
    const woken = new Map<string, Woken>();
    leases.take(ids, (one, how) => {
      woken.set(formatId(one), how);
      if (woken.size === ids.length) resolve(woken);
    });
  });

/** A device as Warren's own agent is one: the real reducer behind it. */
function wakeable(opensIn = 300): void {
  const driver = new TunnelDriver(
    {
      stopwatch: time,
      random: () => 0.5,
      open: async () => {
        await time.pause(opensIn);
        tunnel.push("open");
        return PORT;
      },
      close: async () => void tunnel.push("close"),
      busy: async () => false,
      publish: (payload) => void broker.publish(stateTopic(id), payload),
      woken: () => {},
      log: () => {},
      trouble: () => {},
      stands: () => {},
    },
    "boot",
    true,
  );
  broker.listen(controlTopic(id), (payload) =>
    driver.tell({ kind: "heard", message: parseControl(payload) }),
  );
  driver.tell({ kind: "broker-online" });
}

/** A device of the older kind: it answers any payload with its state, and knows only the bare words. */
function older(): void {
  let up = false;
  broker.listen(controlTopic(id), (payload) => {
    if (payload === "connect" || payload === "disconnect") up = payload === "connect";
    tunnel.push(up ? "open" : "close");
    void broker.publish(stateTopic(id), up ? `connected|port=${PORT}` : "disconnected");
  });
}

describe("a controller's leases", () => {
  it("wake a device, whose tunnel comes down after their end", async () => {
    wakeable();
    const woken = await time.during(taken([id]));
    expect(woken.get("333.hula.atlas")).toEqual({ ok: true, port: PORT });
    await time.during(leases.end());
    await time.pass(10_000);
    expect(tunnel).toEqual(["open", "close"]);
    expect(broker.words).toEqual(["connect v2", "disconnect v2"]);
  });

  it("keep it awake for as long as they are renewed", async () => {
    wakeable();
    await time.during(taken([id]));
    await time.pass(10 * RENEW_EVERY);
    expect(tunnel).toEqual(["open"]);
    await leases.end();
    await time.pass(20_000);
    expect(tunnel).toEqual(["open", "close"]);
  });

  it("end by themselves where nobody renews them", async () => {
    wakeable();
    await time.during(taken([id]));
    leases.leave();
    await time.pass(50_000);
    expect(tunnel).toEqual(["open"]);
    await time.pass(30_000);
    expect(tunnel).toEqual(["open", "close"]);
  });

  it("make room for others where nobody waits for those that are gone", async () => {
    wakeable();
    const gone = Array.from({ length: 500 }, (_, index) => idOf(`a${index}.hula.atlas`));
    const taking = new Promise<Woken>((resolve) => {
      leases.take([...gone, id], (one, how) => {
        if (one === id) resolve(how);
      });
    });
    await time.pass(1_000);
    leases.giveUp(gone);
    expect(await time.during(taking)).toEqual({ ok: true, port: PORT });
    expect(time.now()).toBeLessThan(2_000);
    const begun = broker.words.length;
    await time.pass(RENEW_EVERY);
    // Of those that were given up, nobody is told any more.
    expect(broker.words.slice(begun)).toEqual(["connect v2"]);
  });

  it("are renewed while others have not had their turn", async () => {
    wakeable();
    const gone = Array.from({ length: 400 }, (_, index) => idOf(`a${index}.hula.atlas`));
    const woken = taken([id, ...gone]);
    await time.pass(90_000);
    expect(tunnel).toEqual(["open"]);
    await time.during(woken);
  });

  it("that end while the device is still waited for are not taken again", async () => {
    leases.take([id], () => {});
    await time.pass(100);
    await leases.end();
    await time.pass(20_000);
    expect(broker.words).toEqual(["connect v2", "disconnect v2"]);
  });

  it("do not take another's disconnect for an answer", async () => {
    wakeable(2_000);
    const taking = taken([id]);
    await time.pass(100);
    await broker.publish(stateTopic(id), "disconnected");
    expect((await time.during(taking)).get("333.hula.atlas")).toEqual({ ok: true, port: PORT });
    expect(broker.words).not.toContain("connect");
  });

  it("wait for their own answer where others hold the tunnel already", async () => {
    wakeable();
    const taking = taken([id]);
    await time.pass(1);
    const others = printState({
      word: "connected",
      form: "lease",
      port: PORT,
      boot: "b",
      count: 1,
      leases: [],
    });
    await broker.publish(stateTopic(id), others);
    await time.during(taking);
    expect(broker.words).toEqual(["connect v2"]);
    expect(time.now()).toBeGreaterThanOrEqual(300);
  });

  it("become the bare words for a device of the older kind, after three tries", async () => {
    older();
    const woken = await time.during(taken([id]));
    expect(woken.get("333.hula.atlas")).toEqual({ ok: true, port: PORT });
    expect(broker.words).toEqual(["connect v2", "connect v2", "connect v2", "connect"]);
    expect(time.now()).toBe(4_500);
    await time.pass(2 * RENEW_EVERY);
    await leases.end();
    expect(broker.words.slice(4)).toEqual(["disconnect"]);
    expect(tunnel.at(-1)).toBe("close");
  });

  it("say which device does not answer, after ten seconds and three tries", async () => {
    const woken = await time.during(taken([id]));
    expect(woken.get("333.hula.atlas")).toMatchObject({
      ok: false,
      failure: {
        code: "unavailable",
        message: "device 333.hula.atlas does not answer: nothing heard within 10 s",
      },
    });
    expect(time.now()).toBe(10_000);
    expect(broker.words).toEqual(["connect v2", "connect v2", "connect v2"]);
  });

  it("listen to no more devices at once than the broker's limit on subscriptions allows, and reach all", async () => {
    const ids = Array.from({ length: 60 }, (_, index) => idOf(`d${index}.hula.atlas`));
    const lend = broker.lend.bind(broker);
    let [now, most] = [0, 0];
    broker.lend = async (work) => {
      now += 1;
      most = Math.max(most, now);
      return lend(work).finally(() => {
        now -= 1;
      });
    };
    expect((await time.during(taken(ids))).size).toBe(60);
    expect(most).toBe(40);
  });

  it("hold nobody up where the broker is gone at the end", async () => {
    wakeable();
    await time.during(taken([id]));
    broker.lend = () => new Promise(() => {});
    const began = time.now();
    await time.during(leases.end());
    expect(time.now() - began).toBeLessThanOrEqual(3_000);
  });

  it("give the broker's own failure for every device", async () => {
    broker.lend = async () => {
      throw new Error("connection refused");
    };
    const woken = await taken([id, idOf("334.hula.atlas")]);
    expect([...woken.values()]).toEqual([
      { ok: false, failure: expect.objectContaining({ code: "unavailable" }) },
      { ok: false, failure: expect.objectContaining({ code: "unavailable" }) },
    ]);
  });
});
