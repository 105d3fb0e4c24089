import { describe, expect, it } from "@jest/globals";
import { LineSplitter } from "../../../adapters/openssh/line-splitter.ts";

function split(...chunks: readonly (string | Buffer)[]): readonly string[] {
  const lines = new LineSplitter();
  return [...chunks.flatMap((chunk) => lines.push(Buffer.from(chunk))), ...lines.end()];
}

describe("lines of a stream", () => {
  it("are put together from pieces", () => {
    expect(split("a\nb", "c\r\n", "\nd")).toEqual(["a", "bc", "", "d"]);
  });

  it("keep a letter that two pieces share", () => {
    const letter = Buffer.from("é\n");
    expect(split(letter.subarray(0, 1), letter.subarray(1))).toEqual(["é"]);
  });

  it("are cut where one never ends", () => {
    expect(split("x".repeat(150_000)).map(({ length }) => length)).toEqual([65_536, 65_536, 18_928]);
  });
});
