import { describe, expect, it } from "@jest/globals";
import { readCommand } from "../../../core/submission/commands.ts";

describe("readCommand", () => {
  it.each([
    ["/approve 0123456789ab", { kind: "approve", digest: "0123456789ab" }],
    ["/approve   0123456789ab  \r\nthank you", { kind: "approve", digest: "0123456789ab" }],
    ["/deny not ours", { kind: "deny", reason: "not ours" }],
    ["/revoke lost in the river", { kind: "revoke", reason: "lost in the river" }],
    ["/explain", { kind: "explain" }],
    ["/retry", { kind: "retry" }],
  ])("reads %j", (body, command) => {
    expect(readCommand(body)).toEqual({ kind: "read", command });
  });

  it.each(["", "thanks", "please /approve 0123456789ab", "> /approve 0123456789ab", "/approved", "approve"])(
    "takes %j for talk",
    (body) => {
      expect(readCommand(body)).toEqual({ kind: "none" });
    },
  );

  it.each([
    ["/approve"],
    ["/approve 0123456789AB"],
    ["/approve 0123456789ab 0123456789ac"],
    ["/approve sha256:0123456789ab"],
    ["/deny"],
    [`/revoke ${"x".repeat(501)}`],
    ["/retry now"],
  ])("refuses %j, and says what it takes", (body) => {
    expect(readCommand(body)).toMatchObject({
      kind: "unreadable",
      problem: expect.stringMatching(/^\/[a-z]+ /),
    });
  });
});
