import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { recordPath } from "../../../core/names.ts";
import { PrintedRecords } from "../../../core/registry/printed-record.ts";
import type { Acted, ComputerRecord, Evidence } from "../../../core/registry/record.ts";
import { printRecord, RecordFiles, readRecord } from "../../../core/registry/record-file.ts";
import { id, madeKey } from "../../made/access.ts";
import { LONG } from "../../made/long.ts";

const RUNS = { numRuns: LONG ? 20_000 : 300 };

const hex = (length: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`));
/** Mostly what stands without an escape, or fits with the rest. */
const mostly = <T>(usual: fc.Arbitrary<T>, odd: fc.Arbitrary<T>) =>
  fc.oneof({ arbitrary: usual, weight: 24 }, { arbitrary: odd, weight: 1 });
const login = mostly(fc.constantFrom("alice", "bob-2", "", "o'neil"), fc.constantFrom('a"b', "a\\b"));
const account = fc.record({ id: fc.maxSafeNat(), login });
const at = fc.constantFrom("2026-11-21T08:30:00Z", "2027-02-31T23:59:59Z") as fc.Arbitrary<Evidence["at"]>;
const reason = mostly(
  fc.constantFrom("", "lost in the river"),
  fc.constantFrom('said "no"', "a\\b", "two\nlines", "שלום", "\u007f"),
);
const maybe = <Key extends string, T>(key: Key, value: fc.Arbitrary<T>) =>
  fc.record({ [key]: value }, { requiredKeys: [] }) as fc.Arbitrary<{ readonly [key in Key]?: T }>;
const all = <T extends object[]>(...some: { [Index in keyof T]: fc.Arbitrary<T[Index]> }) =>
  fc.tuple(...some).map((parts) => Object.assign({}, ...parts));

const evidence: fc.Arbitrary<Evidence> = all(
  fc.record({
    issue: fc.nat(),
    digest: hex(64).map((digits) => `sha256:${digits}`),
    submitter: account,
    approvers: fc.array(account, { maxLength: 2 }),
    rule: mostly(fc.constant("systems.hula.trust[0]"), fc.constantFrom('a "rule"', "with \\")),
    realmCommit: fc.oneof(hex(40), hex(64)),
    at,
  }),
  maybe("proven", fc.constant(true)),
);
const shared = fc.sample(evidence, { numRuns: 3, seed: 1 });
const why = fc.oneof(fc.constantFrom(...shared), evidence);
const fingerprint = fc.stringMatching(/^SHA256:[A-Za-z0-9+/]{43}$/);
const key = all(
  fc.record({ key: fc.constantFrom(madeKey("a"), madeKey("b")), fingerprint, evidence: why }),
  maybe("end", at),
);
const certificate = all(
  fc.record({
    certificate: hex(64),
    arn: fc.stringMatching(/^arn:aws:iot:[a-z0-9:/-]{1,40}$/),
    pem: fc
      .stringMatching(/^([A-Za-z0-9+/=]{1,64}\n){1,3}$/)
      .map((body) => `-----BEGIN CERTIFICATE-----\n${body}-----END CERTIFICATE-----\n`),
    csrSha256: hex(64),
    keySha256: hex(64),
    evidence: why,
  }),
  maybe("end", at),
);
const refused = fc.oneof(
  fc.record({ what: fc.constantFrom("ssh", "host"), fingerprint, at }),
  fc.record({ what: fc.constant("x509"), fingerprint: hex(64), certificate: hex(64), at }),
);
const revocation = all(
  fc.record({ reason, at }),
  maybe("issue", fc.nat()),
  maybe("comment", fc.maxSafeNat()),
  maybe("by", account),
);
const acted: fc.Arbitrary<Acted> = fc.oneof(
  revocation.map((said) => ({ kind: "revoke", ...said })),
  fc.record({
    kind: fc.constant("deny" as const),
    digest: hex(64).map((digits) => `sha256:${digits}`),
    issue: fc.nat(),
    comment: fc.maxSafeNat(),
    by: account,
    reason,
    at,
  }),
);
const held = fc.record({
  sshKeys: fc.array(key, { maxLength: 2 }),
  hostKeys: fc.array(key, { maxLength: 2 }),
  certificates: fc.array(certificate, { maxLength: 2 }),
});
const port = fc.record({ port: fc.integer({ min: 1, max: 65_535 }) });
const none = { sshKeys: [], hostKeys: [], certificates: [] };
const [named, unnamed] = [id("333.hula.atlas"), id("a.tern.atlas")];
const records: fc.Arbitrary<ComputerRecord> = all(
  fc.record({
    format: fc.constant(1 as const),
    sequence: fc.maxSafeNat(),
    refused: fc.array(refused, { maxLength: 2 }),
    history: fc.array(acted, { maxLength: 2 }),
  }),
  mostly(
    fc.oneof(
      all(held, fc.oneof(port, fc.constant({}))),
      maybe("revoked", revocation).map((end) => ({ ...none, ...end })),
    ),
    all(held, fc.record({ revoked: revocation })),
  ),
  mostly(
    fc.constantFrom({ id: named }, { id: unnamed }),
    all(fc.constant({ id: id("controller-1.hula.atlas") }), fc.oneof(port, fc.constant({}))),
  ),
);

/** One reader for all, as for a registry: what it remembers of one file must not let in another. */
const printed = new PrintedRecords();

/** The quick reader may give a file up; whatever it reads, the strict one reads too, and as the same. */
function agree(bytes: Buffer, path: string): "quick" | "strict" {
  const quick = printed.read(bytes, path);
  const strict = readRecord(bytes.toString("utf8"), path);
  expect(new RecordFiles().read(bytes, path)).toEqual(
    bytes.toString("utf8").includes("\ufffd") ? { ok: false, problem: "record is no UTF-8" } : strict,
  );
  if (quick === undefined) return "strict";
  expect(strict).toEqual({ ok: true, value: quick });
  return "quick";
}

describe("the quick reader of records", () => {
  it("reads every file that is printed without an escape as the strict one does, refused ones too", () => {
    const ways = { quick: 0, strict: 0 };
    fc.assert(
      fc.property(records, (record) => {
        const text = printRecord(record);
        const way = agree(Buffer.from(text), recordPath(record.id));
        ways[way]++;
        const isPlain =
          /^[\x20-\x7e\n]*$/.test(text) && !/\\(?!n)/.test(text) && !text.includes("two\\nlines");
        const isSound = readRecord(text, recordPath(record.id)).ok;
        if (isPlain && !text.includes("\x7f")) expect(way).toBe(isSound ? "quick" : "strict");
      }),
      RUNS,
    );
    expect(Math.min(ways.quick, ways.strict)).toBeGreaterThan(RUNS.numRuns / 20);
  });

  it("agrees with the strict one on files with something changed, left out, doubled or put in", () => {
    const ways = { quick: 0, strict: 0 };
    const place = fc.nat({ max: 9999 });
    const letter = fc.constantFrom(...'"\\\n\r\t ,:{}[]0123456789-+.eEaAzZ/=n\u0000\u007fé');
    const change = fc.record({
      from: place,
      length: fc.constantFrom(0, 0, 1, 1, 1, 2, 5, 40, 400),
      put: fc.oneof(letter, fc.constant(""), fc.tuple(place, fc.nat({ max: 400 }))),
    });
    fc.assert(
      fc.property(records, fc.array(change, { minLength: 1, maxLength: 2 }), (record, changes) => {
        let bytes = Buffer.from(printRecord(record));
        for (const { from, length, put } of changes) {
          const start = from % bytes.length;
          const copied = (at: number, count: number) =>
            bytes.subarray(at % bytes.length, (at % bytes.length) + count);
          const middle = typeof put === "string" ? Buffer.from(put) : copied(...put);
          bytes = Buffer.concat([bytes.subarray(0, start), middle, bytes.subarray(start + length)]);
        }
        ways[agree(bytes, recordPath(record.id))]++;
      }),
      RUNS,
    );
    expect(Math.min(ways.quick, ways.strict)).toBeGreaterThan(RUNS.numRuns / 100);
  });

  it("refuses a line end that stands unescaped within a certificate, and bytes that are no UTF-8", () => {
    const [record] = fc.sample(
      records.filter(({ certificates, revoked }) => certificates.length > 0 && revoked === undefined),
      { numRuns: 1, seed: 2 },
    );
    if (record === undefined) throw new Error("no record");
    const text = printRecord(record);
    const path = recordPath(record.id);
    expect(agree(Buffer.from(text.replace("CERTIFICATE-----\\n", "CERTIFICATE-----\n")), path)).toBe(
      "strict",
    );
    const bytes = Buffer.from(text);
    bytes[text.indexOf("BEGIN")] = 0xff;
    expect(new RecordFiles().read(bytes, path)).toEqual({ ok: false, problem: "record is no UTF-8" });
  });

  it("shares in memory what parts have in common", () => {
    const [one] = fc.sample(key, { numRuns: 1, seed: 3 });
    const record = { format: 1, sequence: 1, certificates: [], refused: [], history: [] } as const;
    const made = { ...record, id: id("333.hula.atlas"), sshKeys: [one], hostKeys: [one] };
    const read = printed.read(Buffer.from(printRecord(made)), "hula/333.json");
    expect(read?.hostKeys[0]?.evidence).toBe(read?.sshKeys[0]?.evidence);
  });
});
