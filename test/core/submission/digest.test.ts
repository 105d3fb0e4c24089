import { createHash } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { digestOf } from "../../../core/submission/digest.ts";

const one = { repositoryId: 1, number: 2, authorId: 3, title: "t", body: "b" };

describe("digestOf", () => {
  it("covers the JSON array of repository, number, author, title and body", () => {
    const hash = createHash("sha256").update('[1,2,3,"t","b"]').digest("hex");
    expect(digestOf(one)).toBe(`sha256:${hash}`);
  });

  it("differs where any of them differs, and where text moves from one to another", () => {
    const others = [
      one,
      { ...one, repositoryId: 9 },
      { ...one, number: 9 },
      { ...one, authorId: 9 },
      { ...one, title: "tb", body: "" },
      { ...one, title: 't","b', body: "" },
      { ...one, body: "b\r\n" },
      { ...one, body: "b\n" },
    ];
    expect(new Set(others.map(digestOf)).size).toBe(others.length);
  });
});
