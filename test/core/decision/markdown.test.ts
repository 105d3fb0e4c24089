import { describe, expect, it } from "@jest/globals";
import { code, prose } from "../../../core/decision/markdown.ts";

describe("code", () => {
  it.each([
    ["plain", "`plain`"],
    ["a`b", "``a`b``"],
    ["``", "``` `` ```"],
    ["", "`  `"],
    ["two\nlines", "`two\\u{a}lines`"],
    ["zero\u200bwidth", "`zero\\u{200b}width`"],
    ["blank\u00a0\u2800\ufe0f", "`blank\\u{a0}\\u{2800}\\u{fe0f}`"],
    ["a\u0300\u0301\u0302", "`a\u0300\u0301\\u{302}`"],
    ["right\u202eleft", "`right\\u{202e}left`"],
    ["\u001b[31mred", "`\\u{1b}[31mred`"],
  ])("shows %j as %j", (text, span) => {
    expect(code(text)).toBe(span);
  });

  it("cuts what is too long to read", () => {
    expect(code("x".repeat(1000))).toHaveLength(303);
  });
});

describe("prose", () => {
  it.each([
    ['key "ssh-dss" is no key', 'key `"ssh-dss"` is no key'],
    ["**bold** <b>x</b> [a](b)", "\\*\\*bold\\*\\* \\<b\\>x\\</b\\> \\[a\\](b)"],
    ["hello @alice and @org/team", "hello `@alice` and `@org/team`"],
    ["mail a@b.c", "mail `a@b.c`"],
    ["see https://evil.example now", "see `https://evil.example` now"],
    ["see www.evil.example", "see `www.evil.example`"],
    ["issue #12", "issue `#12`"],
    ["issue GH-12", "issue `GH-12`"],
    ["commit 0a1b2c3d at 08:00:00", "commit `0a1b2c3d` at 08:00:00"],
    ["$x$ :tada: \u05d0", "`$x$` `:tada:` \u2068`\u05d0`\u2069"],
    ['"a`b"@evil', '``"a`b"@evil``'],
    ["a `b` c", "a \\`b\\` c"],
  ])("makes %j inert", (text, markdown) => {
    expect(prose(text)).toBe(markdown);
  });

  it("leaves no quoted value outside its code span, whatever it holds", () => {
    const value = JSON.stringify('x" @alice ![](http://evil) "y');
    expect(prose(`title ${value} is wrong`)).toBe(`title ${code(value)} is wrong`);
  });
});
