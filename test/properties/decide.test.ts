import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { decide } from "../../core/decision/decide.ts";
import { at } from "../fixtures/people.ts";
import { LONG } from "../made/long.ts";
import { type AnyWorld, anyWorld } from "./any-world.ts";
import { objectionTo } from "./naive-rules.ts";

const RUNS = LONG ? 1_000_000 : 20_000;

const decided = ({ realm, registry, issue, members }: AnyWorld) =>
  decide({
    realm,
    registry,
    issue,
    isMember: ({ id }, team) => members.has(`${id} ${team}`),
    proven: false,
    now: at("12:00:00"),
  });

describe("decide", () => {
  it(
    `never throws, gives reasons, and grants nothing that the naive rules object to (${RUNS} worlds)`,
    () => {
      const kinds = { grant: 0, ask: 0, refuse: 0, none: 0 };
      fc.assert(
        fc.property(anyWorld, (world) => {
          const decision = decided(world);
          kinds[decision.kind] += 1;
          if (decision.kind === "none") return true;
          if (decision.kind === "grant") {
            const objection = objectionTo(world);
            if (objection !== undefined) throw new Error(`granted, although: ${objection}`);
          }
          return decision.because.length > 0 && decision.because.every(({ says }) => says !== "");
        }),
        { numRuns: RUNS },
      );
      // Else nothing was tried.
      expect(kinds.grant).toBeGreaterThan(RUNS / 50);
      expect(kinds.ask).toBeGreaterThan(RUNS / 50);
      expect(kinds.refuse).toBeGreaterThan(RUNS / 50);
    },
    LONG ? 3_600_000 : 120_000,
  );

  it("gives the same decision for the same facts", () => {
    fc.assert(
      fc.property(anyWorld, (world) => {
        expect(decided(world)).toEqual(decided(world));
      }),
      { numRuns: 500 },
    );
  });
});
