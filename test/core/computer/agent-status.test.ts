import { describe, expect, it } from "@jest/globals";
import {
  type AgentStatus,
  printStatus,
  readStatus,
  seenLines,
  seenReachable,
} from "../../../core/computer/agent-status.ts";
import { instantOf } from "../../../core/time.ts";
import type { Standing } from "../../../core/tunnel/standing.ts";

const since = instantOf(new Date("2026-11-21T08:30:00Z"));
const stands = (standing: Standing): AgentStatus => ({
  format: 1,
  id: "333.hula.atlas",
  pid: 77,
  ticks: "123456",
  since,
  standing,
  brokerSince: since,
  tunnelSince: since,
  sequence: 5,
});
const up = stands({ broker: "online", tunnel: "up", port: 61333, leases: 2 });

describe("an agent's status", () => {
  it("is read as it was written", () => {
    const troubled = { ...up, trouble: { at: since, says: "proxy does not answer" } };
    expect(readStatus(printStatus(troubled))).toEqual({ ok: true, value: troubled });
    expect(readStatus('{"format":2}')).toMatchObject({ ok: false });
  });

  it.each<[boolean, Standing]>([
    [true, { broker: "online", tunnel: "down", leases: 0 }],
    [true, { broker: "offline", tunnel: "up", port: 61333, leases: 0 }],
    [true, { broker: "none", tunnel: "up", port: 61333, leases: 0 }],
    [false, { broker: "none", tunnel: "opening", leases: 0 }],
    [false, { broker: "offline", tunnel: "down", leases: 1 }],
  ])("is reachable: %s with %j", (reachable, standing) => {
    expect(seenReachable({ kind: "running", status: stands(standing) })).toBe(reachable);
    expect(seenReachable({ kind: "stopped", last: stands(standing) })).toBe(false);
  });

  it("is shown with what went wrong last", () => {
    const trouble = { at: since, says: "tunnel went down: ssh ended" };
    expect(seenLines("333.hula.atlas", { kind: "running", status: { ...up, trouble } })).toEqual([
      "333.hula.atlas  reachable",
      "agent      pid 77, since 2026-11-21T08:30:00Z",
      "broker     online since 2026-11-21T08:30:00Z, can be woken",
      "tunnel     up since 2026-11-21T08:30:00Z, port 61333 on the proxy",
      "leases     2",
      "directory  sequence 5",
      "last error 2026-11-21T08:30:00Z: tunnel went down: ssh ended",
    ]);
  });
});
