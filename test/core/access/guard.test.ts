import { describe, expect, it } from "@jest/globals";
import { guardProblem, readGuard } from "../../../core/access/guard.ts";
import { good } from "../../made/access.ts";

describe("guardProblem", () => {
  it.each([
    [{ held: 10, removed: 10, recent: 0 }],
    [{ held: 100, removed: 25, recent: 0 }],
    [{ held: 100, removed: 0, recent: 90 }],
  ])("lets %j pass", (keys) => {
    expect(guardProblem(keys, 0.25)).toBeUndefined();
  });

  it.each([
    [{ held: 11, removed: 11, recent: 0 }],
    [{ held: 100, removed: 26, recent: 0 }],
    // ten at a time, again and again within the hour
    [{ held: 20, removed: 10, recent: 10 }],
  ])("stops %j", (keys) => {
    expect(guardProblem(keys, 0.25)).toMatch(/^guard allows 10|^guard allows 25/);
  });
});

describe("readGuard", () => {
  it("reads a share, and refuses what is none", () => {
    expect(good(readGuard("25%\n"))).toBe(0.25);
    for (const text of ["", "25", "101%", "-1%", "x"]) expect(readGuard(text).ok).toBe(false);
  });
});
