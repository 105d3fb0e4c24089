import { describe, expect, it } from "@jest/globals";
import { formatId, parseComputerId, parseComputerName, parseSystemName, roleOf } from "../../core/names.ts";

describe("parseComputerName", () => {
  it.each([
    ["", "computer name is empty"],
    ["lab-1\nroot", 'computer name has "\\n" at character 6; use a-z, 0-9 and -'],
    ["Lab", 'computer name has "L" at character 1; use a-z, 0-9 and -'],
    ["-lab", "computer name starts or ends with -"],
    ["x".repeat(33), "computer name has 33 characters; 32 at most"],
    ["../etc", 'computer name has "." at character 1; use a-z, 0-9 and -'],
    ["а", 'computer name has "\\u0430" at character 1; use a-z, 0-9 and -'],
  ])("refuses %j", (text, problem) => {
    expect(parseComputerName(text)).toEqual({ ok: false, problem });
  });

  it.each(["333", "a", "lab-1", "x".repeat(32)])("reads %j", (text) => {
    expect(parseComputerName(text)).toEqual({ ok: true, value: text });
  });
});

describe("parseSystemName", () => {
  it.each([
    "root",
    "ubuntu",
    "warren",
    "warren-sync",
    "systemd-network",
    "sshd",
    "www-data",
    "1st",
    "x".repeat(32),
  ])("refuses %j, which is no free account", (text) => {
    expect(parseSystemName(text).ok).toBe(false);
  });

  it("reads names that are accounts of nobody", () => {
    expect(parseSystemName("hula").ok).toBe(true);
  });
});

describe("parseComputerId", () => {
  it("reads what formatId writes", () => {
    const id = parseComputerId("333.hula.atlas");
    expect(id.ok && formatId(id.value)).toBe("333.hula.atlas");
  });

  it.each(["333", "333.hula", "333.hula.atlas.org", "333..atlas", "333.root.atlas", ""])(
    "refuses %j",
    (text) => {
      expect(parseComputerId(text).ok).toBe(false);
    },
  );

  it("tells controllers by their name alone", () => {
    const roles = ["controller1", "controller", "my-controller", "333"].map((name) => {
      const read = parseComputerName(name);
      return read.ok ? roleOf(read.value) : "unread";
    });
    expect(roles).toEqual(["controller", "controller", "device", "device"]);
  });
});
