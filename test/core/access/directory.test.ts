import { describe, expect, it } from "@jest/globals";
import {
  acceptDirectory,
  type Directory,
  printDirectory,
  readDirectory,
} from "../../../core/access/directory.ts";
import { at, good, madeKey } from "../../made/access.ts";

const directory: Directory = {
  format: 1,
  realm: "atlas",
  system: "hula",
  sequence: 7,
  proxy: { name: "eu", host: "eu.example.org", port: 22, hostKeys: [madeKey("proxy")] },
  login: ["atlas"],
  legacy: false,
  devices: {
    "333": { port: 61333, hostKeys: [madeKey("host")] },
    a1: { port: 61001, hostKeys: [] },
    "1000": { port: 61002, hostKeys: [] },
  },
  controllers: {
    controller1: { keys: [{ key: madeKey("c1"), end: at("2026-11-21T08:30:00Z") }, { key: madeKey("c2") }] },
  },
};
const text = printDirectory(directory);

describe("printDirectory", () => {
  it("puts one computer on a line, sorted as text, and ends with a line break", () => {
    expect(text.match(/^ {4}"[^"]+"/gm)).toEqual([
      '    "1000"',
      '    "333"',
      '    "a1"',
      '    "controller1"',
    ]);
    expect(text.endsWith("}\n")).toBe(true);
  });
});

describe("readDirectory", () => {
  it("reads back what was printed", () => {
    expect(good(readDirectory(text))).toEqual(directory);
  });

  it.each([
    ["a doubled computer", text.replace('    "a1"', '    "333": {"port":61001,"hostKeys":[]},\n    "a1"')],
    ["another spelling", text.replace('"sequence": 7', '"sequence": 7.0')],
    ["text behind it", `${text}\n`],
    ["an unknown field", text.replace('"legacy": false', '"legacy": false,\n  "more": 1')],
    ["a host that is an option", text.replace("eu.example.org", "-oProxyCommand=id")],
    ["a host key with a line break", text.replace(madeKey("host"), `${madeKey("host")}\\n* ${madeKey("x")}`)],
    ["a controller among the devices", text.replace('"a1"', '"controller9"')],
    ["no JSON", text.slice(1)],
  ])("refuses %s", (_what, other) => {
    expect(other).not.toBe(text);
    expect(readDirectory(other).ok).toBe(false);
  });
});

describe("acceptDirectory", () => {
  it("takes a newer one, or one of the same sequence", () => {
    expect(acceptDirectory({ ...directory, sequence: 8 }, directory).ok).toBe(true);
    expect(acceptDirectory(directory, directory).ok).toBe(true);
    expect(acceptDirectory(directory, undefined).ok).toBe(true);
  });

  it("refuses an older one, and one of another system or realm", () => {
    for (const change of [{ sequence: 6 }, { system: "tern" }, { realm: "other" }]) {
      expect(acceptDirectory({ ...directory, ...change }, directory).ok).toBe(false);
    }
  });
});
