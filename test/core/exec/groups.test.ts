import { expect, it } from "@jest/globals";
import { groupsOf, groupTitle } from "../../../core/exec/groups.ts";
import type { Outcome } from "../../../core/exec/outcome.ts";

const done = (status: number): Outcome => ({ kind: "done", status });

it("output that is the same is shown once, the largest group first", () => {
  const groups = groupsOf([
    { computer: "a", text: "old\n", outcome: done(0) },
    { computer: "b", text: "new\n", outcome: done(0) },
    { computer: "c", text: "new\n", outcome: done(0) },
  ]);
  expect(groups.map(groupTitle)).toEqual(["--- b, c (2 devices)", "--- a"]);
  expect(groups.map(({ text }) => text)).toEqual(["new\n", "old\n"]);
});

it("the same output with another end is another group", () => {
  const groups = groupsOf([
    { computer: "a", text: "", outcome: done(0) },
    { computer: "b", text: "", outcome: done(2) },
  ]);
  expect(groups.map(groupTitle)).toEqual(["--- a", "--- b: exit status 2"]);
});
