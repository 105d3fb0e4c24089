import { describe, expect, it } from "@jest/globals";
import { describeTally, exitOf, isFailed, type Outcome, summary } from "../../../core/exec/outcome.ts";
import { Failure } from "../../../core/failure.ts";

const well: Outcome = { kind: "done", status: 0 };
const failed: Outcome = { kind: "done", status: 3 };
const slow: Outcome = { kind: "timed-out", seconds: 5 };
const offline: Outcome = { kind: "not-reached", failure: new Failure("unavailable", "is offline") };
const refused: Outcome = { kind: "not-reached", failure: new Failure("refused", "has no host key") };
const untried: Outcome = { kind: "not-tried" };

describe("the exit status of many commands", () => {
  it.each<[string, readonly Outcome[], number]>([
    ["0 where all went well", [well, well], 0],
    ["1 where one failed", [well, failed], 1],
    ["1 where one took too long", [well, slow], 1],
    ["1 where one was offline", [well, offline], 1],
    ["1 where some were not tried", [failed, untried], 1],
    ["3 where none was reached", [offline, offline], 3],
    ["1 where none was reached, one because of what the realm says", [offline, refused], 1],
  ])("is %s", (_, outcomes, status) => {
    expect(exitOf(outcomes)).toBe(status);
  });
});

describe("the summary of many commands", () => {
  it("says nothing where all went well", () => {
    expect(summary(new Map([["a", well]]))).toBeUndefined();
  });

  it("names whoever needs a look", () => {
    const outcomes = new Map<string, Outcome>([
      ["a", well],
      ["b", failed],
      ["c", slow],
      ["d", offline],
      ["e", untried],
      ["f", untried],
    ]);
    expect(summary(outcomes)).toBe(
      "1 of 6 devices went well; 2 failed: b, c; 1 not reached: d; 2 not tried: e, f",
    );
  });
});

it("a device that was not reached is no failure of the command", () => {
  expect([well, failed, slow, offline, untried].map(isFailed)).toEqual([false, true, true, false, false]);
});

it("progress leaves out what there is none of", () => {
  expect(describeTally({ total: 9, running: 2, well: 4, failed: 1, notReached: 0 })).toBe(
    "5 of 9 devices done, 1 failed, 2 running",
  );
});
