import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { Sha256 } from "../../../core/keys/csr.ts";
import type { Fingerprint } from "../../../core/keys/ssh-key.ts";
import { parseComputerId, recordPath } from "../../../core/names.ts";
import type {
  AcceptedCertificate,
  AcceptedKey,
  ComputerRecord,
  Evidence,
} from "../../../core/registry/record.ts";
import { printRecord, readRecord } from "../../../core/registry/record-file.ts";
import { type Instant, parseInstant } from "../../../core/time.ts";
import { cpuTimeOf } from "../../made/cpu-time.ts";

const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBPkpEqWdR/ziIVwamEAaxXbCpcVGGV13QoeSZG68lYR";
const at = ((): Instant => {
  const instant = parseInstant("2026-11-21T08:30:00Z");
  if (!instant.ok) throw new Error(instant.problem);
  return instant.value;
})();
const idOf = (text: string) => {
  const id = parseComputerId(text);
  if (!id.ok) throw new Error(id.problem);
  return id.value;
};
const hex = (digit: string, length: number): string => digit.repeat(length);
const evidence: Evidence = {
  issue: 7,
  digest: `sha256:${hex("a", 64)}`,
  submitter: { id: 1, login: "alice" },
  approvers: [{ id: 2, login: "bob" }],
  rule: "systems.hula.trust[0]",
  realmCommit: hex("c", 40),
  at,
};
const proven: Evidence = { ...evidence, proven: true };
const key: AcceptedKey = { key: KEY, fingerprint: `SHA256:${hex("x", 43)}` as Fingerprint, evidence };
const certificate: AcceptedCertificate = {
  certificate: hex("1", 64),
  arn: "arn:aws:iot:eu-central-1:123456789012:cert/1",
  pem: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
  csrSha256: hex("2", 64) as Sha256,
  keySha256: hex("3", 64) as Sha256,
  end: at,
  evidence,
};
const full: ComputerRecord = {
  format: 1,
  id: idOf("333.hula.atlas"),
  sequence: 12,
  port: 61333,
  sshKeys: [key, { ...key, end: at, evidence: proven }],
  hostKeys: [key],
  certificates: [certificate],
  refused: [{ what: "ssh", fingerprint: `SHA256:${hex("y", 43)}`, at }],
  history: [
    { kind: "revoke", reason: "left the project", at },
    {
      kind: "deny",
      digest: `sha256:${hex("b", 64)}`,
      issue: 8,
      comment: 3_000_000_000,
      by: { id: 2, login: "bob" },
      reason: "unknown receiver",
      at,
    },
  ],
};
const PATH = "hula/333.json";

/** The full record's file with one text in it changed. */
const changed = (from: string, to: string): string => {
  const text = printRecord(full);
  expect(text).toContain(from);
  return text.replace(from, to);
};

describe("printRecord", () => {
  it("has one order of keys, two-space indent and a final newline", () => {
    const text = printRecord(full);
    expect(Object.keys(JSON.parse(text))).toEqual([
      "format",
      "computer",
      "sequence",
      "port",
      "sshKeys",
      "hostKeys",
      "certificates",
      "refused",
      "history",
    ]);
    expect(text).toBe(`${JSON.stringify(JSON.parse(text), null, 2)}\n`);
    const shuffled = Object.fromEntries(Object.entries(full).reverse()) as unknown as ComputerRecord;
    expect(printRecord(shuffled)).toBe(text);
  });
});

describe("readRecord", () => {
  it("reads what printRecord writes", () => {
    const revoked = {
      reason: 'lost "in" the\nriver',
      issue: 9,
      comment: 3,
      by: { id: 1, login: "alice" },
      at,
    };
    const records = fc.record({
      id: fc.constantFrom(idOf("333.hula.atlas"), idOf("controller-1.tern.atlas")),
      sequence: fc.nat(),
      sshKeys: fc.array(fc.constantFrom(...full.sshKeys), { maxLength: 3 }),
      hostKeys: fc.array(fc.constant(key), { maxLength: 3 }),
      certificates: fc.array(fc.constant(certificate), { maxLength: 2 }),
      isRevoked: fc.boolean(),
    });
    fc.assert(
      fc.property(records, ({ isRevoked, ...some }) => {
        const record: ComputerRecord = isRevoked
          ? { ...full, ...some, sshKeys: [], hostKeys: [], certificates: [], revoked }
          : { ...full, ...some };
        const { port: _, ...portless } = record;
        const fitting = some.id.computer.startsWith("controller") ? portless : record;
        const path = recordPath(fitting.id);
        expect(readRecord(printRecord(fitting), path)).toEqual({ ok: true, value: fitting });
      }),
      { numRuns: 100 },
    );
  });

  it.each([
    ["", "record is no JSON"],
    ["[]", "record is no object"],
    ["{}", "record has no format"],
  ])("refuses %j", (text, problem) => {
    expect(readRecord(text, PATH)).toEqual({ ok: false, problem });
  });

  it.each([
    ['"format": 1', '"format": 2', "record format is 2; 1 is known here"],
    ['"sequence": 12', '"sequence": -1', "record sequence is no whole number"],
    ['"sequence": 12', '"sequence": 12, "extra": 1', 'record has an unknown key "extra"'],
    ['"issue": 7', '"issue": 7, "note": ""', 'record has an unknown key "sshKeys[0].evidence.note"'],
    [
      '"computer": "333.hula.atlas"',
      '"computer": "334.hula.atlas"',
      "record computer is 334.hula.atlas, at the path of another",
    ],
    ['"computer": "333.hula.atlas"', '"computer": "../x"', "record computer: computer name is empty"],
    ['"port": 61333', '"port": 70000', "record port is no whole number from 1 to 65535"],
    ['"port": 61333', '"port": "61333"', "record port is no whole number"],
    [KEY, `${KEY}\\nssh-rsa AAAA`, "record sshKeys[0].key is malformed"],
    [KEY, `command=\\"sh\\" ${KEY}`, "record sshKeys[0].key is malformed"],
    [KEY, `${KEY} a comment`, "record sshKeys[0].key is malformed"],
    ["SHA256:xxx", "MD5:xxxxxx", "record sshKeys[0].fingerprint is malformed"],
    ['"2026-11-21T08:30:00Z"', '"2026-13-21T08:30:00Z"', "record sshKeys[0].evidence.at is malformed"],
    ['"2026-11-21T08:30:00Z"', '"2026-11-21T08:30:00+02:00"', "record sshKeys[0].evidence.at is malformed"],
    ['"hostKeys": [', '"hostKeys": 5, "x": [', "record has an unknown key"],
    [
      "-----BEGIN CERTIFICATE-----",
      "-----BEGIN EC PRIVATE KEY-----",
      "record certificates[0].pem is malformed",
    ],
    ['"what": "ssh"', '"what": "gpg"', 'record refused[0].what is "gpg"; write ssh, host or x509'],
    ['"proven": true', '"proven": false', "record sshKeys[1].evidence.proven is not true"],
    ['"history": [', '"histories": [', "record has no history"],
    ['"kind": "revoke"', '"kind": "forget"', 'record history[0].kind is "forget"; write revoke or deny'],
    ['"comment": 3000000000,', "", "record has no history[1].comment"],
    ['"approvers": [', '"approvers": [5, ', "record sshKeys[0].evidence.approvers[0] is no object"],
    [
      '"refused": [',
      '"revoked": { "reason": "x", "by": { "id": 1, "login": "alice" }, "at": "2026-11-21T08:30:00Z" }, "refused": [',
      "record is of a revoked computer, and holds keys",
    ],
  ])("refuses a file with %j made %j", (from, to, problem) => {
    const read = readRecord(changed(from, to), PATH);
    expect(read.ok ? "accepted" : read.problem).toContain(problem);
  });

  it("refuses a controller with a port, and a file under another's path", () => {
    const controller = { ...full, id: idOf("controller.hula.atlas") };
    expect(readRecord(printRecord(controller), "hula/controller.json")).toEqual({
      ok: false,
      problem: "record is of a controller, and has a port",
    });
    for (const path of ["hula/334.json", "tern/333.json", "hula/333", "./hula/333.json"]) {
      expect(readRecord(printRecord(full), path).ok).toBe(false);
    }
  });

  it("reads 10,000 files in well under two seconds", () => {
    const text = printRecord(full);
    const time = cpuTimeOf(() => {
      for (let i = 0; i < 10_000; i++) readRecord(text, PATH);
    });
    expect(time).toBeLessThan(2000);
  });
});
