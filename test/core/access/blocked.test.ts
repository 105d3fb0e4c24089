import { describe, expect, it } from "@jest/globals";
import { parseFingerprint, parseReason, printBlocked, readBlocked } from "../../../core/access/blocked.ts";
import { at, good } from "../../made/access.ts";

const print = `SHA256:${"a".repeat(43)}`;
const fingerprint = good(parseFingerprint(print));

describe("the list of blocked keys", () => {
  it.each(["", "stolen from the boat", "a  b", "# x"])("reads back what it printed: %j", (reason) => {
    const keys = [{ fingerprint, at: at("2026-11-21T08:30:00Z"), reason }];
    expect(readBlocked(printBlocked(keys), "blocked")).toEqual({ ok: true, value: keys });
  });

  it.each(["x", `${print}`, `${print} yesterday`, `${print}x 2026-11-21T08:30:00Z`, "# a note"])(
    "is refused whole for the line %j: a slip must let nobody in",
    (line) => {
      expect(readBlocked(`${print} 2026-11-21T08:30:00Z\n${line}\n`, "blocked")).toMatchObject({
        ok: false,
        problem: expect.stringMatching(/^blocked:2 is no blocked key/),
      });
    },
  );
});

describe("parseReason", () => {
  it.each(["a\nb", "a\u001b[2J", "a\u2028b", "a\u202eb", "x".repeat(201)])(
    "refuses %j: the list could not be read any more, or would say something else",
    (text) => {
      expect(parseReason(text).ok).toBe(false);
    },
  );
});

describe("parseFingerprint", () => {
  it.each(["", "SHA256:", "MD5:aa", `${print}=`, `${print}\n`, print.toLowerCase()])("refuses %j", (text) => {
    expect(parseFingerprint(text).ok).toBe(false);
  });
});
