import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { parseComputerId } from "../../../core/names.ts";
import {
  controlTopic,
  type LeaseId,
  leaseHash,
  leaseIdFrom,
  parseControl,
  parseState,
  presenceTopic,
  printControl,
  printState,
  stateTopic,
} from "../../../core/tunnel/messages.ts";

const lease = (text: string): LeaseId => text as LeaseId;

describe("topics", () => {
  it("begin with the realm", () => {
    const id = parseComputerId("333.hula.atlas");
    if (!id.ok) throw new Error(id.problem);
    expect(controlTopic(id.value)).toBe("atlas/hula/333/tunnel/control");
    expect(stateTopic(id.value)).toBe("atlas/hula/333/tunnel/state");
    expect(presenceTopic(id.value)).toBe("atlas/hula/333/tunnel/presence");
  });
});

describe("parseControl", () => {
  it("reads the plain form", () => {
    expect(parseControl("connect")).toEqual({ word: "connect", form: "plain" });
    expect(parseControl("disconnect")).toEqual({ word: "disconnect", form: "plain" });
  });

  it("reads the lease form", () => {
    expect(parseControl("connect|v=2|id=a1|seq=3|ttl=60")).toEqual({
      word: "connect",
      form: "lease",
      lease: "a1",
      seq: 3,
      ttl: 60,
    });
    expect(parseControl("disconnect|v=2|id=a1|seq=4")).toEqual({
      word: "disconnect",
      form: "lease",
      lease: "a1",
      seq: 4,
    });
  });

  it("ignores fields it does not know, in any order", () => {
    expect(parseControl("connect|colour=red")).toEqual({ word: "connect", form: "plain" });
    expect(parseControl("connect|seq=3|x|ttl=60|id=a1|v=2")).toMatchObject({ lease: "a1", seq: 3 });
  });

  it("lets no lease last longer than an hour", () => {
    expect(parseControl("connect|v=2|id=a1|seq=3|ttl=999999")).toMatchObject({ ttl: 3600 });
  });

  it.each([
    "",
    "Connect",
    "connect ",
    "connected",
    "connect|v=3|id=a1|seq=1|ttl=9",
    "connect|v=2|id=a1|seq=1",
    "connect|v=2|id=a1|seq=-1|ttl=9",
    "connect|v=2|id=a1|seq=1e3|ttl=9",
    "connect|v=2|id=a1|seq=1|ttl=0",
    "connect|v=2|id=|seq=1|ttl=9",
    `connect|v=2|id=${"a".repeat(65)}|seq=1|ttl=9`,
    "connect|v=2|id=a1|id=a2|seq=1|ttl=9",
    `connect|${"x".repeat(600)}`,
  ])("takes %j for no word of ours", (payload) => {
    expect(parseControl(payload)).toEqual({ word: "other" });
  });

  it("reads back what is printed", () => {
    const anyLease = fc.uint8Array({ minLength: 16, maxLength: 16 }).map(leaseIdFrom);
    fc.assert(
      fc.property(anyLease, fc.nat(), fc.integer({ min: 1, max: 3600 }), (id, seq, ttl) => {
        const connect = { word: "connect", form: "lease", lease: id, seq, ttl } as const;
        const disconnect = { word: "disconnect", form: "lease", lease: id, seq } as const;
        expect(parseControl(printControl(connect))).toEqual(connect);
        expect(parseControl(printControl(disconnect))).toEqual(disconnect);
      }),
    );
  });

  it("never throws, whatever comes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (payload) => {
        expect(["connect", "disconnect", "other"]).toContain(parseControl(payload).word);
        expect(["connected", "disconnected", "other"]).toContain(parseState(payload).word);
      }),
    );
  });
});

describe("state", () => {
  it("is printed as programs of the older kind read it", () => {
    expect(printState({ word: "connected", form: "plain", port: 63943 })).toBe("connected|port=63943");
    expect(printState({ word: "disconnected" })).toBe("disconnected");
  });

  it("is printed with hashes of leases only", () => {
    const secret = lease("0123456789abcdef0123456789abcdef");
    const text = printState({
      word: "connected",
      form: "lease",
      port: 61333,
      boot: "b00t",
      count: 1,
      leases: [leaseHash(secret)],
    });
    expect(text).toBe(`connected|port=61333|v=2|boot=b00t|n=1|leases=${leaseHash(secret)}`);
    expect(text).not.toContain(secret);
    expect(parseState(text)).toMatchObject({ form: "lease", port: 61333, leases: [leaseHash(secret)] });
  });

  it("is read without its unknown fields", () => {
    expect(parseState("connected|port=61333|weather=fine")).toEqual({
      word: "connected",
      form: "plain",
      port: 61333,
    });
  });

  it.each(["connected", "connected|port=0", "connected|port=65536", "connected|port=22;rm", "gone"])(
    "%j is not understood",
    (payload) => {
      expect(parseState(payload)).toEqual({ word: "other" });
    },
  );
});
