import { describe, expect, it } from "@jest/globals";
import { inert } from "../../actions/runner.ts";

/** As GitHub's runner looks for a command (actions/runner, ActionCommand.cs): the older form anywhere in a line. */
const isCommand = (text: string): boolean =>
  text.split("\n").some((line) => line.trimStart().startsWith("::") || line.includes("##["));

describe("a line of an action's log", () => {
  it.each([
    "::set-output name=changed::false",
    "  ::stop-commands::x",
    "\u00a0\t::add-mask::a",
    ":::error::x",
    "  drift: ##[set-output name=changed]false",
    "a\r\n::error::b",
    "####[add-mask]x ##[debug]y",
  ])("obeys nobody who wrote a part of it: %j", (line) => {
    expect(isCommand(line)).toBe(true);
    expect(isCommand(inert(line))).toBe(false);
  });

  it("stays as it is where it says nothing of the kind", () => {
    expect(inert("proxy eu: a::b, [c]")).toBe("proxy eu: a::b, [c]");
  });
});
