import { describe, expect, it } from "@jest/globals";
import { sparingly } from "../../../cli/controller/sparingly.ts";

describe("what ssh says of a forward", () => {
  it("is passed on up to twenty lines a minute, and then that there is more", () => {
    let now = 5;
    const said: string[] = [];
    const say = sparingly(
      (line) => said.push(line),
      () => now,
    );
    for (let line = 0; line < 1_000; line += 1) say(`line ${line}`);
    expect(said).toHaveLength(21);
    expect(said.slice(19)).toEqual(["line 19", "more like this is not shown for a minute"]);
    now += 59_999;
    say("still");
    expect(said).toHaveLength(21);
    now += 1;
    say("again");
    expect(said.at(-1)).toBe("again");
  });
});
