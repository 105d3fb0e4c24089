import { describe, expect, it } from "@jest/globals";
import {
  mayListen,
  mayOpen,
  printAuthorizedKeys,
  printGrant,
  readAuthorizedKeys,
  readGrant,
} from "../../../core/access/authorized-keys.ts";
import { readKeyLine } from "../../../core/keys/key-line.ts";
import { at, good, id, madeKey } from "../../made/access.ts";

const keyOf = (seed: string) => good(readKeyLine(madeKey(seed)));
const device = { role: "device", computer: id("333.hula.atlas"), key: keyOf("333"), port: 61333 } as const;
const controller = {
  role: "controller",
  computer: id("controller1.hula.atlas"),
  key: keyOf("c1"),
  opens: [61333, 61334],
} as const;

const legacy = { first: 61333, last: 61335 };
const legacyDevice = { ...device, legacy };
const legacyController = { ...controller, legacy };
const asker = { role: "asker", computer: id("334.hula.atlas"), key: keyOf("334") } as const;

const DEVICE = `restrict,port-forwarding,permitlisten="127.0.0.1:61333",permitopen="127.0.0.1:61333",command="333.hula.atlas" ${madeKey("333")}`;
const LEGACY_DEVICE = DEVICE.replace(
  ",permitopen",
  ',permitlisten="localhost:61333",permitlisten="localhost:61334",permitlisten="localhost:61335",permitopen',
);
const ASKER = `restrict,command="334.hula.atlas" ${madeKey("334")}`;
const CONTROLLER = `restrict,port-forwarding,permitlisten="none:1",permitopen="127.0.0.1:61333",permitopen="127.0.0.1:61334",command="controller1.hula.atlas" ${madeKey("c1")}`;

describe("printGrant", () => {
  it("lets a device listen on its own port and probe it", () => {
    expect(printGrant(device)).toBe(DEVICE);
  });

  it("lets a controller open its system's ports and listen on nothing", () => {
    expect(printGrant(controller)).toBe(CONTROLLER);
  });

  it("opens nothing where a system has no device yet, for a key without permitopen would open everything", () => {
    expect(printGrant({ ...controller, opens: [] })).toContain(
      'permitlisten="none:1",permitopen="none:1",command=',
    );
  });

  it("names each port of a legacy system's range under the name that older programs ask for", () => {
    expect(printGrant(legacyDevice)).toBe(LEGACY_DEVICE);
    expect(printGrant(legacyController)).toContain(
      'permitlisten="none:1",permitopen="127.0.0.1:61333",permitopen="127.0.0.1:61334",permitopen="localhost:61333",permitopen="localhost:61334",permitopen="localhost:61335",command=',
    );
    expect(printGrant({ ...legacyController, opens: [] })).not.toContain('permitopen="none:1"');
  });

  it("lets a computer whose system has left ask, and forward nothing", () => {
    expect(printGrant(asker)).toBe(ASKER);
  });

  it("writes the end into the line", () => {
    expect(printGrant({ ...device, end: at("2026-11-21T08:30:00Z") })).toContain(
      ',expiry-time="20261121083000Z" ssh-ed25519 ',
    );
  });
});

describe("readAuthorizedKeys", () => {
  it.each([
    [device],
    [controller],
    [{ ...controller, opens: [] }],
    [{ ...device, end: at("2026-11-21T08:30:00Z") }],
    [legacyDevice],
    [legacyController],
    [{ ...legacyController, opens: [] }],
    [asker],
    [{ ...asker, end: at("2026-11-21T08:30:00Z") }],
  ])("reads back what was printed: %#", (grant) => {
    expect(readAuthorizedKeys(`${printGrant(grant)}\n`, "authorized_keys/hula")).toEqual({
      ok: true,
      grants: [grant],
    });
  });

  it("sorts by computer, whatever the order was", () => {
    expect(printAuthorizedKeys([controller, device])).toBe(printAuthorizedKeys([device, controller]));
  });

  it("puts every device before the controllers, whose long lines take sshd so long", () => {
    const receiver = { ...device, computer: id("receiver.hula.atlas") };
    const lines = printAuthorizedKeys([controller, receiver]).split("\n");
    expect(lines.slice(0, 2)).toEqual([printGrant(receiver), printGrant(controller)]);
  });

  it.each([
    ["a key without options", madeKey("333")],
    ["an option more", DEVICE.replace("restrict,", "restrict,pty,")],
    ["an option less", DEVICE.replace("restrict,", "")],
    [
      "the options in the order that gives nothing",
      DEVICE.replace("restrict,port-forwarding", "port-forwarding,restrict"),
    ],
    ["no permitopen", DEVICE.replace(',permitopen="127.0.0.1:61333"', "")],
    [
      "a device that opens another port",
      DEVICE.replace('permitopen="127.0.0.1:61333"', 'permitopen="127.0.0.1:22"'),
    ],
    [
      "a device that listens elsewhere",
      DEVICE.replace('permitlisten="127.0.0.1:61333"', 'permitlisten="0.0.0.0:61333"'),
    ],
    ["any port", DEVICE.replaceAll("127.0.0.1:61333", "127.0.0.1:*")],
    ["a controller that listens", CONTROLLER.replace("none:1", "127.0.0.1:61333")],
    ["a controller that opens another host", CONTROLLER.replace("127.0.0.1:61334", "10.0.0.1:61334")],
    ["a legacy range with a gap", LEGACY_DEVICE.replace('permitlisten="localhost:61334",', "")],
    [
      "two ports for all that lie between",
      DEVICE.replace(",permitopen", ',permitlisten="localhost:1",permitlisten="localhost:65535",permitopen'),
    ],
    ["any port as localhost", DEVICE.replace(",permitopen", ',permitlisten="localhost:*",permitopen')],
    [
      "a device that opens as localhost",
      LEGACY_DEVICE.replace(",command", ',permitopen="localhost:61333",command'),
    ],
    [
      "a legacy device without a port of its own",
      LEGACY_DEVICE.replace('permitlisten="127.0.0.1:61333",', ""),
    ],
    ["a controller's range before its ports", CONTROLLER.replace("127.0.0.1:61333", "localhost:61333")],
    ["forwards without ports", ASKER.replace("restrict,", "restrict,port-forwarding,")],
    ["an asker without restrict", ASKER.replace("restrict,", "")],
    ["a port that is none", DEVICE.replaceAll("61333", "0")],
    ["a port spelled otherwise", DEVICE.replaceAll("61333", "061333")],
    ["a command that is a program", DEVICE.replace("333.hula.atlas", "/bin/sh")],
    ["a comment", `${DEVICE} bob`],
    ["a carriage return", `${DEVICE}\r`],
    ["another kind of key", DEVICE.replace("ssh-ed25519 ", "ssh-dss ")],
    ["an end that is no instant", DEVICE.replace(" ssh-", ',expiry-time="20261399000000Z" ssh-')],
    ["a comment line", "# welcome"],
    ["an empty line", ""],
  ])("refuses %s, and says on which line", (_what, line) => {
    const read = readAuthorizedKeys(`${CONTROLLER.replace(madeKey("c1"), madeKey("other"))}\n${line}\n`, "f");
    expect(read).toMatchObject({ ok: false, problems: [{ place: { file: "f", line: 2 } }] });
  });

  it("refuses a key that stands twice, for the first line would win", () => {
    expect(readAuthorizedKeys(`${DEVICE}\n${DEVICE}\n`, "f")).toMatchObject({
      ok: false,
      problems: [{ place: { line: 2 } }],
    });
  });

  it("refuses a last line that is cut off", () => {
    expect(readAuthorizedKeys(DEVICE, "f").ok).toBe(false);
  });
});

describe("mayListen and mayOpen", () => {
  const line = good(readGrant(CONTROLLER));
  it("compare addresses literally, as sshd does", () => {
    expect([
      mayListen(device, "127.0.0.1", 61333),
      mayListen(device, "localhost", 61333),
      mayListen(device, "127.0.0.1", 61334),
    ]).toEqual([true, false, false]);
    expect([
      mayOpen(line, "127.0.0.1", 61334),
      mayOpen(line, "localhost", 61334),
      mayOpen(line, "127.0.0.1", 22),
    ]).toEqual([true, false, false]);
  });

  it("let older programs use a legacy system's range, as localhost alone", () => {
    const asked = [
      ["localhost", 61335],
      ["localhost", 61336],
      ["127.0.0.1", 61335],
      ["", 61335],
    ] as const;
    expect(asked.map(([host, port]) => mayListen(legacyDevice, host, port))).toEqual([
      true,
      false,
      false,
      false,
    ]);
    expect(asked.map(([host, port]) => mayOpen(legacyController, host, port))).toEqual([
      true,
      false,
      false,
      false,
    ]);
    expect(mayOpen(legacyDevice, "localhost", 61333)).toBe(false);
    expect(mayListen(legacyController, "localhost", 61333)).toBe(false);
  });

  it("let nobody forward whose system has left", () => {
    expect([mayListen(asker, "127.0.0.1", 61334), mayOpen(asker, "127.0.0.1", 61334)]).toEqual([
      false,
      false,
    ]);
  });

  it("let a controller listen on nothing and a device open only itself", () => {
    expect([
      mayListen(line, "127.0.0.1", 61333),
      mayListen(line, "none", 1),
      mayOpen(device, "127.0.0.1", 61334),
    ]).toEqual([false, false, false]);
  });
});
