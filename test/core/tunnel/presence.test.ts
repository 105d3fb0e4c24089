import { describe, expect, it } from "@jest/globals";
import { type Presence, parsePresence, printPresence } from "../../../core/tunnel/presence.ts";

describe("a device's presence", () => {
  it.each<[string, Presence]>([
    [
      "online|v=2|boot=ab|tunnel=up|since=1795249800",
      { word: "online", boot: "ab", tunnel: "up", since: 1795249800 },
    ],
    ["offline|v=2|boot=ab|since=1795249800", { word: "offline", boot: "ab", since: 1795249800 }],
    ["offline|v=2|boot=ab", { word: "offline", boot: "ab" }],
  ])("%s", (payload, presence) => {
    expect(printPresence(presence)).toBe(payload);
    expect(parsePresence(payload)).toEqual(presence);
  });

  it("is read with fields that nobody knows yet, and not where it says too little or too much", () => {
    expect(parsePresence("online|v=3|since=5|more=x=y")).toEqual({
      word: "online",
      boot: "",
      tunnel: "down",
      since: 5,
    });
    expect(parsePresence("connected|port=1")).toBeUndefined();
    expect(parsePresence("online|v=2|boot=a|since=soon")).toBeUndefined();
    expect(parsePresence(`offline|${"x".repeat(600)}`)).toBeUndefined();
  });
});
