import { describe, expect, it } from "@jest/globals";
import {
  describeForward,
  isOpenToOthers,
  parseForward,
  parseSocks,
  printForward,
  sshForward,
} from "../../../core/computer/forward.ts";
import { parseForwardName, printForwardPlan, readForwardPlan } from "../../../core/computer/saved-forward.ts";
import { good } from "../../made/access.ts";

describe("parseForward", () => {
  it.each([
    ["8080:printer:80", "127.0.0.1:8080:printer:80"],
    ["8080:80", "127.0.0.1:8080:127.0.0.1:80"],
    ["5900", "127.0.0.1:5900:127.0.0.1:5900"],
    ["0.0.0.0:8080:printer.lan:80", "0.0.0.0:8080:printer.lan:80"],
    ["*:8080:10.0.0.7:80", "*:8080:10.0.0.7:80"],
    ["[::1]:8080:[fe80::1]:80", "[::1]:8080:[fe80::1]:80"],
  ])("reads %j, on the loopback unless told otherwise", (text, full) => {
    const way = good(parseForward("local", text));
    expect(printForward(way)).toBe(full);
    expect(good(parseForward("local", full))).toEqual(way);
  });

  it.each([
    ["", 'forward is ""; write PORT:HOST:PORT, as in 8080:printer:80'],
    [
      "8080:printer",
      'forward "8080:printer": port is "printer"; write PORT:HOST:PORT, as in 8080:printer:80',
    ],
    ["0:printer:80", 'forward "0:printer:80": port is "0"; write PORT:HOST:PORT, as in 8080:printer:80'],
    ["65536:a:80", 'forward "65536:a:80": port is "65536"; write PORT:HOST:PORT, as in 8080:printer:80'],
    [
      "80:-oProxyCommand=id:80",
      'forward "80:-oProxyCommand=id:80": host is "-oProxyCommand=id", which is no name or address',
    ],
    ["80:a b:80", 'forward "80:a b:80": host is "a b", which is no name or address'],
    [
      "lan:80:a:80",
      'forward "lan:80:a:80": address is "lan"; write an address of this computer, localhost, or * for all',
    ],
    ["1:2:3:4:5", 'forward is "1:2:3:4:5"; write PORT:HOST:PORT, as in 8080:printer:80'],
  ])("refuses %j", (text, problem) => {
    expect(parseForward("local", text)).toEqual({ ok: false, problem });
  });

  it("tells what others can reach", () => {
    const open = (text: string) => isOpenToOthers(good(parseForward("local", text)));
    expect(["80", "127.0.0.2:80:a:80", "[::1]:80:a:80", "localhost:80:a:80"].map(open)).toEqual([
      false,
      false,
      false,
      false,
    ]);
    expect(["*:80:a:80", "0.0.0.0:80:a:80", "192.168.1.2:80:a:80"].map(open)).toEqual([true, true, true]);
  });

  it("says what leads where", () => {
    const of = (kind: "local" | "remote") =>
      describeForward(good(parseForward(kind, "8080:a:80")), "333.hula.atlas");
    expect(of("local")).toBe("127.0.0.1:8080 leads to a:80 as 333.hula.atlas sees it");
    expect(of("remote")).toBe("127.0.0.1:8080 on 333.hula.atlas leads to a:80 as seen from here");
  });
});

describe("parseSocks", () => {
  it("reads a port, or an address and a port", () => {
    expect(sshForward(good(parseSocks("1080")))).toEqual(["-D", "127.0.0.1:1080"]);
    expect(sshForward(good(parseSocks("[::1]:1080")))).toEqual(["-D", "[::1]:1080"]);
  });

  it.each(["", "x", "0", "a:1080", "1:2:3", "-1"])("refuses %j", (text) => {
    expect(parseSocks(text)).toMatchObject({ ok: false, problem: expect.stringContaining("write PORT") });
  });
});

describe("a saved forward", () => {
  it("reads back as it was", () => {
    const local = good(parseForward("local", "8080:a:80"));
    const plan = {
      target: "atlas@333",
      as: "controller-a.hula.atlas",
      forwards: [local, good(parseSocks("1080"))],
    } as const;
    expect(good(readForwardPlan(printForwardPlan({ ...plan, forwards: [...plan.forwards] })))).toEqual(plan);
  });

  it.each([
    ["{}", "forward: format"],
    ['{"format":1,"target":"333"}', "forward: no ports are named"],
    ['{"format":1,"target":"333","local":["80:-x:80"]}', "which is no name or address"],
    ['{"format":1,"target":"333","local":["80"],"command":"id"}', "forward: document"],
  ])("is refused: %j", (text, problem) => {
    expect(readForwardPlan(text)).toMatchObject({ ok: false, problem: expect.stringContaining(problem) });
  });

  it.each(["", "../x", "a".repeat(17), "-a", "A"])("has no such name: %j", (name) => {
    expect(parseForwardName(name).ok).toBe(false);
  });
});
