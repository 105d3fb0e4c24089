import { describe, expect, it } from "@jest/globals";
import { withBlock } from "../../../core/proxy-host/marked-block.ts";

const block = { lines: ["a", "b"], place: "last" } as const;
const PUT = "x\n# warren: begin\na\nb\n# warren: end\n";

describe("withBlock", () => {
  it("comes last, and leaves the text as it was when it is taken out", () => {
    expect(withBlock("x\n", block)).toEqual({ ok: true, value: PUT });
    expect(withBlock(PUT, { ...block, lines: [] })).toEqual({ ok: true, value: "x\n" });
  });

  it("changes nothing where it stands already, and stays where it stands", () => {
    expect(withBlock(`${PUT}y\n`, block)).toEqual({ ok: true, value: `${PUT}y\n` });
  });

  it("comes first where it is to", () => {
    expect(withBlock("x\n", { ...block, place: "first", name: "n" })).toEqual({
      ok: true,
      value: "# warren: begin n\na\nb\n# warren: end n\nx\n",
    });
  });

  it.each(["# warren: begin\nx\n", "# warren: end\n# warren: begin\n", `${PUT}${PUT}`])(
    "refuses %j, whose marks are no pair",
    (text) => {
      expect(withBlock(text, block)).toMatchObject({ ok: false });
    },
  );
});
