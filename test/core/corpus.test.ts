import { describe, expect, it } from "@jest/globals";
import { readSubmission } from "../../core/submission/submission.ts";
import { honest, hostile } from "../corpus/corpus.ts";

const PRINTABLE = /^[\x20-\x7e…]+$/;

describe("readSubmission, on the corpus", () => {
  it("holds what it says it holds", () => {
    expect(honest.length).toBeGreaterThanOrEqual(60);
    expect(hostile.length).toBeGreaterThanOrEqual(150);
    expect(new Set([...honest, ...hostile].map(({ name }) => name)).size).toBe(
      honest.length + hostile.length,
    );
  });

  it.each(honest.map((each) => [each.name, each] as const))("reads %s", (_, { title, body }) => {
    expect(readSubmission(title, body)).toMatchObject({ kind: "read" });
  });

  it.each(hostile.filter(({ stops }) => stops === "text").map((each) => [each.name, each] as const))(
    "stops %s",
    (_, { title, body, says = "" }) => {
      const read = readSubmission(title, body);
      expect(read).toMatchObject({ kind: "unreadable", problem: expect.stringMatching(PRINTABLE) });
      expect(read.kind === "unreadable" ? read.problem.slice(0, says.length) : "").toBe(says);
    },
  );

  it.each(hostile.filter(({ stops }) => stops === "decide").map((each) => [each.name, each] as const))(
    "leaves %s to the decision",
    (_, { title, body }) => {
      expect(readSubmission(title, body)).toMatchObject({ kind: "read" });
    },
  );
});
