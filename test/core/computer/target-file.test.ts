import { describe, expect, it } from "@jest/globals";
import { readTargetFile } from "../../../core/computer/target-file.ts";

const at = (line: number, col: number) => ({ file: "all.txt", line, col });

describe("a file of targets", () => {
  it("has one a line, and comments", () => {
    expect(readTargetFile("# receivers\n333\r\n\n  3*.hula # all\nhula\n", "all.txt")).toEqual({
      ok: true,
      targets: [
        { name: "333", place: at(2, 1) },
        { name: "3*.hula", place: at(4, 3) },
        { name: "hula", place: at(5, 1) },
      ],
    });
  });

  it("is told all its problems, each with its place", () => {
    expect(readTargetFile("333 334\n@more\n -oProxyCommand=x\n", "all.txt")).toEqual({
      ok: false,
      problems: [
        'all.txt:1:4 target "333 334" has " "; write one name, glob or system a line',
        'all.txt:2:1 target "@more" has "@"; write one name, glob or system a line',
        'all.txt:3:4 target "-oProxyCommand=x" has "P"; write one name, glob or system a line',
      ],
    });
  });

  it("with nothing in it is a mistake, and not all devices or none", () => {
    expect(readTargetFile("# none\n", "all.txt")).toEqual({
      ok: false,
      problems: ["all.txt:1:1 names no targets"],
    });
  });
});
