import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { matchesGlob } from "../../core/glob.ts";
import { cpuTimeOf } from "../made/cpu-time.ts";

describe("matchesGlob", () => {
  it.each([
    ["3*", "333", true],
    ["3*", "3", true],
    ["3*", "133", false],
    ["33?", "333", true],
    ["33?", "33", false],
    ["*", "", true],
    ["", "", true],
    ["", "a", false],
    ["*-north-*", "buoy-north-7", true],
    ["a*b*c", "a-b-b-d", false],
    ["3.3", "333", false],
    ["[3]*", "333", false],
  ])("says of %j and %j: %j", (glob, name, matches) => {
    expect(matchesGlob(glob, name)).toBe(matches);
  });

  it("agrees with a regular expression of the same meaning", () => {
    const letters = (extra: string) => fc.string({ unit: fc.constantFrom(..."ab-", ...extra), maxLength: 8 });
    fc.assert(
      fc.property(letters("*?*"), letters(""), (glob, name) => {
        const pattern = new RegExp(`^${glob.replaceAll("*", ".*").replaceAll("?", ".")}$`);
        expect(matchesGlob(glob, name)).toBe(pattern.test(name));
      }),
      { numRuns: 2000 },
    );
  });

  it("takes no exponential time", () => {
    const time = cpuTimeOf(() => {
      expect(matchesGlob(`${"*a".repeat(31)}*b`, "a".repeat(32))).toBe(false);
      expect(matchesGlob(`${"*a".repeat(5000)}*b`, "a".repeat(10_000))).toBe(false);
    });
    expect(time).toBeLessThan(2000);
  });
});
