import { describe, expect, it } from "@jest/globals";
import { terminalText } from "../../core/terminal-text.ts";

describe("terminalText", () => {
  it.each([
    ["plain text, and\ttabs", "plain text, and\ttabs"],
    ["grün 中文 🐇", "grün 中文 🐇"],
    ["\u001b[31mred\u001b[0m", "red"],
    ["\u001b]0;title\u0007text", "text"],
    ["\u001b]52;c;ZWNobyBoaQ==\u001b\\text", "text"],
    ["\u009b2Jtext", "text"],
    ["\u001bPq#0\u001b\\text", "text"],
    ["\u001bctext", "text"],
    ["\u001b]0;never ended", ""],
    ["a\bb\rc\u0000d\u007fe", "abcde"],
    ["user\u202egnp.exe", "usergnp.exe"],
    ["a\u061cb", "ab"],
    ["\u001b\u001b[31mx", "x"],
  ])("leaves of %j only %j", (line, text) => {
    expect(terminalText(line)).toBe(text);
  });
});
