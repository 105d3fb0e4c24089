import { describe, expect, it } from "@jest/globals";
import { parseWave, wavesOf } from "../../../core/exec/waves.ts";
import { good } from "../../made/access.ts";

const ten = Array.from({ length: 10 }, (_, index) => index);
const sizes = (wave: string, targets: readonly number[]) =>
  wavesOf(targets, good(parseWave(wave))).map(({ length }) => length);

describe("waves", () => {
  it.each([
    ["4", ten, [4, 4, 2]],
    ["25%", ten, [3, 3, 3, 1]],
    ["1%", ten, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]],
    ["100%", ten, [10]],
    ["50", ten, [10]],
    ["10%", [], []],
  ])("of %s", (wave, targets, expected) => {
    expect(sizes(wave, targets)).toEqual(expected);
  });

  it("keep every target, in order", () => {
    expect(wavesOf(ten, good(parseWave("30%"))).flat()).toEqual(ten);
    expect(wavesOf(ten, undefined)).toEqual([ten]);
  });

  it.each(["0", "0%", "101%", "-1", "1.5", "10 %", ""])("are not of %j", (text) => {
    expect(parseWave(text)).toEqual({
      ok: false,
      problem: `wave is ${JSON.stringify(text)}; write a number of devices, or a share from 1% to 100%`,
    });
  });
});
