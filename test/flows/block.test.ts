import { describe, expect, it } from "@jest/globals";
import { type BlockedKey, parseFingerprint } from "../../core/access/blocked.ts";
import type { Swept } from "../../core/access/sessions.ts";
import { block, unblock } from "../../flows/block.ts";
import { at, good } from "../made/access.ts";

const fingerprintOf = (letter: string) => good(parseFingerprint(`SHA256:${letter.repeat(43)}`));
const keyOf = (letter: string, reason = ""): BlockedKey => ({
  fingerprint: fingerprintOf(letter),
  at: at("2026-11-21T08:30:00Z"),
  reason,
});

/** A list in memory, and a sweep that notes what the list held when it came. */
function host(swept: Swept = { kind: "swept", ended: [] }) {
  let keys: readonly BlockedKey[] = [];
  const seen: (readonly BlockedKey[])[] = [];
  return {
    seen,
    keys: () => keys,
    blocked: {
      read: async () => keys,
      change: async (work: (before: readonly BlockedKey[]) => readonly BlockedKey[]) => {
        keys = work(keys);
      },
    },
    sessions: {
      sweep: async () => {
        seen.push(keys);
        return swept;
      },
    },
  };
}

describe("block", () => {
  it("ends sessions only after the key is refused: a login between would stay", async () => {
    const ports = host();
    await block(ports, keyOf("a"));
    expect(ports.seen).toEqual([[keyOf("a")]]);
  });

  it("sweeps again when it is repeated, and keeps the first reason", async () => {
    const ports = host({ kind: "failed", problem: "no" });
    await block(ports, keyOf("a", "stolen"));
    expect(await block(ports, keyOf("a", "again"))).toEqual({ kind: "failed", problem: "no" });
    expect(ports.keys()).toEqual([keyOf("a", "stolen")]);
    expect(ports.seen).toHaveLength(2);
  });

  it("is undone for one key alone, and says whether there was one", async () => {
    const ports = host();
    await block(ports, keyOf("a"));
    await block(ports, keyOf("b"));
    expect(await unblock(ports, fingerprintOf("a"))).toBe(true);
    expect(await unblock(ports, fingerprintOf("a"))).toBe(false);
    expect(ports.keys()).toEqual([keyOf("b")]);
  });
});
