import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { type KeyGrant, printAuthorizedKeys, readAuthorizedKeys } from "../../core/access/authorized-keys.ts";
import { type Directory, printDirectory, readDirectory } from "../../core/access/directory.ts";
import { type Profile, printProfile, readProfile } from "../../core/computer/profile.ts";
import { readKeyLine } from "../../core/keys/key-line.ts";
import { parseSshPublicKey } from "../../core/keys/ssh-key.ts";
import { formatId, parseComputerId, recordPath } from "../../core/names.ts";
import type { ComputerRecord, Evidence } from "../../core/registry/record.ts";
import { printRecord, readRecord } from "../../core/registry/record-file.ts";
import { printEnrollForm } from "../../core/submission/form.ts";
import { readSubmission } from "../../core/submission/submission.ts";
import { instantOf, parseInstant } from "../../core/time.ts";
import { parseControl, parseState, printControl, printState } from "../../core/tunnel/messages.ts";
import { good, id, madeKey } from "../made/access.ts";
import { LONG } from "../made/long.ts";

const RUNS = { numRuns: LONG ? 50_000 : 300 };

const KEYS = Array.from({ length: 40 }, (_, n) => madeKey(`${n}`));
const keyLine = fc.constantFrom(...KEYS);
const keyLines = (most: number) => fc.uniqueArray(keyLine, { maxLength: most });
const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?$/);
const device = label.filter((name) => !name.startsWith("controller"));
const controller = label
  .map((name) => `controller${name}`.slice(0, 32))
  .filter((name) => !name.endsWith("-"));
const port = fc.integer({ min: 1, max: 65_535 });
/** As realm.yaml lets a range be. */
const highPort = fc.integer({ min: 1024, max: 65_535 });
const instant = fc
  .date({ min: new Date(0), max: new Date("2099-01-01"), noInvalidDate: true })
  .map(instantOf);
const hex = (length: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`));
const account = fc.record({ id: fc.nat(), login: fc.stringMatching(/^[a-z0-9-]{1,39}$/) });
const evidence: fc.Arbitrary<Evidence> = fc.record({
  issue: fc.nat({ max: 2 ** 31 - 1 }),
  digest: hex(64).map((digits) => `sha256:${digits}`),
  submitter: account,
  approvers: fc.array(account, { maxLength: 3 }),
  rule: fc.constantFrom("systems.hula.trust[0]", "systems.tern.trust[12]"),
  realmCommit: hex(40),
  at: instant,
});
const maybeEnd = fc.option(instant, { nil: undefined }).map((end) => (end === undefined ? {} : { end }));

describe("what is printed is read back, and printed again to the same bytes", () => {
  it("a record", () => {
    const accepted = fc.tuple(keyLine, evidence, maybeEnd).map(([key, why, end]) => ({
      key,
      fingerprint: good(readKeyLine(key)).fingerprint,
      ...end,
      evidence: why,
    }));
    const record: fc.Arbitrary<ComputerRecord> = fc
      .record({
        computer: device,
        sequence: fc.nat(),
        port,
        sshKeys: fc.uniqueArray(accepted, { minLength: 1, maxLength: 3, selector: ({ key }) => key }),
        hostKeys: fc.uniqueArray(accepted, { maxLength: 3, selector: ({ key }) => key }),
        refused: fc.array(
          fc.tuple(keyLine, instant).map(([key, at]) => {
            const { fingerprint } = good(readKeyLine(key));
            return { what: "ssh" as const, fingerprint, at };
          }),
          { maxLength: 2 },
        ),
      })
      .map(({ computer, ...rest }) => ({
        format: 1,
        id: id(`${computer}.hula.atlas`),
        certificates: [],
        history: [],
        ...rest,
        sshKeys: rest.sshKeys.toSorted(byTime),
        hostKeys: rest.hostKeys.toSorted(byTime),
      }));
    let readBack = 0;
    fc.assert(
      fc.property(record, (made) => {
        const text = printRecord(made);
        const read = readRecord(text, recordPath(made.id));
        if (!read.ok) throw new Error(read.problem);
        readBack += 1;
        expect(read.value).toEqual(made);
        expect(printRecord(read.value)).toBe(text);
      }),
      RUNS,
    );
    expect(readBack).toBe(RUNS.numRuns);
  });

  it("a directory", () => {
    const entries = <T>(name: fc.Arbitrary<string>, value: fc.Arbitrary<T>) =>
      fc
        .uniqueArray(fc.tuple(name, value), { maxLength: 5, selector: ([one]) => one })
        .map((all) => Object.fromEntries(all.toSorted(([a], [b]) => (a < b ? -1 : 1))));
    const keys = fc.array(fc.tuple(keyLine, maybeEnd), { maxLength: 3 });
    const directory: fc.Arbitrary<Directory> = fc.record({
      format: fc.constant(1),
      realm: label,
      system: label,
      sequence: fc.nat(),
      proxy: fc.record({
        name: label,
        host: fc.constantFrom("eu.example.org", "127.0.0.1", "2001:db8::1"),
        port,
        hostKeys: keyLines(3),
      }),
      login: fc.array(fc.constantFrom("atlas", "root", "_x"), { maxLength: 3 }),
      legacy: fc.boolean(),
      devices: entries(device, fc.record({ port, hostKeys: keyLines(3) })),
      controllers: entries(
        controller,
        keys.map((all) => ({ keys: all.map(([key, end]) => ({ key, ...end })) })),
      ),
    });
    fc.assert(
      fc.property(directory, (made) => {
        const text = printDirectory(made);
        expect(good(readDirectory(text))).toEqual(made);
      }),
      RUNS,
    );
  });

  it("an authorized_keys file", () => {
    const about = (name: fc.Arbitrary<string>) =>
      fc.tuple(name, keyLine, maybeEnd).map(([computer, key, end]) => ({
        computer: id(`${computer}.hula.atlas`),
        key: good(readKeyLine(key)),
        ...end,
      }));
    const opens = fc.uniqueArray(highPort, { maxLength: 20 }).map((ports) => ports.toSorted((a, b) => a - b));
    const legacy = fc.option(
      fc
        .tuple(fc.integer({ min: 1024, max: 65_500 }), fc.integer({ min: 0, max: 30 }))
        .map(([first, more]) => ({
          legacy: { first, last: first + more },
        })),
      { nil: {} },
    );
    const grant: fc.Arbitrary<KeyGrant> = fc.oneof(
      fc
        .tuple(about(device), highPort, legacy)
        .map(([one, at, old]) => ({ role: "device" as const, ...one, port: at, ...old })),
      fc
        .tuple(about(controller), opens, legacy)
        .map(([one, all, old]) => ({ role: "controller" as const, ...one, opens: all, ...old })),
      about(fc.oneof(device, controller)).map((one) => ({ role: "asker" as const, ...one })),
    );
    const grants = fc.uniqueArray(grant, { maxLength: 8, selector: ({ key }) => key.fingerprint });
    fc.assert(
      fc.property(grants, (made) => {
        const text = printAuthorizedKeys(made);
        const read = readAuthorizedKeys(text, "hula");
        if (!read.ok) throw new Error(read.problems[0].message);
        expect(read.grants).toHaveLength(made.length);
        expect(read.grants).toEqual(expect.arrayContaining([...made]));
        expect(printAuthorizedKeys(read.grants)).toBe(text);
      }),
      RUNS,
    );
  });

  it("a profile", () => {
    const profile: fc.Arbitrary<Profile> = fc
      .record({
        name: fc.oneof(device, controller),
        proxy: fc.record({
          host: fc.constantFrom("eu.example.org", "127.0.0.1"),
          port,
          hostKeys: fc.uniqueArray(keyLine, { minLength: 1, maxLength: 3 }),
        }),
        signers: fc.uniqueArray(keyLine, { minLength: 1, maxLength: 3 }),
        sshdPort: port,
      })
      .map(({ name, proxy, signers, sshdPort }) => ({
        format: 1,
        id: `${name}.hula.atlas`,
        repository: "wildlife/atlas",
        proxy,
        signers,
        ...(name.startsWith("controller")
          ? {}
          : {
              device: {
                sshd: { host: "127.0.0.1", port: sshdPort },
                authorizedKeys: { atlas: "/home/atlas/.ssh/authorized_keys" },
              },
            }),
      }));
    fc.assert(
      fc.property(profile, (made) => {
        const text = printProfile(made);
        expect(good(readProfile(text))).toEqual(made);
        expect(printProfile(good(readProfile(text)))).toBe(text);
      }),
      RUNS,
    );
  });

  it("a tunnel's messages", () => {
    const lease = fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/);
    const seq = fc.nat();
    const control = fc.oneof(
      fc.constantFrom("connect", "disconnect"),
      fc
        .tuple(lease, seq, fc.integer({ min: 1, max: 3600 }))
        .map(([one, n, ttl]) => `connect|v=2|id=${one}|seq=${n}|ttl=${ttl}`),
      fc.tuple(lease, seq).map(([one, n]) => `disconnect|v=2|id=${one}|seq=${n}`),
    );
    fc.assert(
      fc.property(control, (text) => {
        const message = parseControl(text);
        if (message.word === "other") throw new Error(`${text} was not understood`);
        expect(printControl(message)).toBe(text);
      }),
      RUNS,
    );
    const state = fc.oneof(
      fc.constant("disconnected"),
      port.map((at) => `connected|port=${at}`),
      fc
        .tuple(port, hex(16), fc.uniqueArray(hex(16), { minLength: 1, maxLength: 5 }))
        .map(
          ([at, boot, leases]) =>
            `connected|port=${at}|v=2|boot=${boot}|n=${leases.length}|leases=${leases.join(",")}`,
        ),
    );
    fc.assert(
      fc.property(state, (text) => {
        const read = parseState(text);
        if (read.word === "other") throw new Error(`${text} was not understood`);
        expect(printState(read)).toBe(text);
      }),
      RUNS,
    );
  });

  it("an issue form, whatever stands around it", () => {
    const around = fc.constantFrom("", "\n", "  \n\n");
    fc.assert(
      fc.property(
        device,
        keyLine,
        keyLines(8),
        around,
        around,
        fc.boolean(),
        (name, key, hostKeys, before, after, crlf) => {
          const form = `${before}${printEnrollForm({ key, hostKeys })}${after}`;
          const read = readSubmission(
            `${name}.hula.atlas.enroll`,
            crlf ? form.replaceAll("\n", "\r\n") : form,
          );
          if (read.kind !== "read" || read.submission.kind !== "enroll")
            throw new Error(JSON.stringify(read));
          expect(read.submission.key.line).toBe(key);
          expect(read.submission.hostKeys.map(({ line }) => line)).toEqual(hostKeys);
        },
      ),
      { numRuns: RUNS.numRuns / 5 },
    );
  });

  it("ids, instants and keys", () => {
    fc.assert(
      fc.property(device, instant, keyLine, (name, at, key) => {
        expect(formatId(good(parseComputerId(`${name}.hula.atlas`)))).toBe(`${name}.hula.atlas`);
        expect(good(parseInstant(at))).toBe(at);
        expect(good(parseSshPublicKey(key)).line).toBe(key);
      }),
      RUNS,
    );
  });
});

describe("whatever text comes", () => {
  const realm = readFileSync(new URL("../../realm.yaml", import.meta.url), "utf8");
  const anyText = fc.oneof(fc.string({ unit: "binary" }), fc.string(), fc.json(), fc.constant(realm));

  it("no reader throws, and what one reads is in its one form", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const directory = readDirectory(text);
        if (directory.ok) expect(printDirectory(directory.value)).toBe(text);
        const profile = readProfile(text);
        if (profile.ok) expect(readProfile(printProfile(profile.value))).toEqual(profile);
        const grants = readAuthorizedKeys(text, "hula");
        if (grants.ok) expect(printAuthorizedKeys(grants.grants)).toBe(text);
        readRecord(text, "hula/333.json");
        parseControl(text);
        parseState(text);
        for (const ending of ["sshkey.pub", "hostkey.pub", "x509.csr", "enroll", "revoke"]) {
          readSubmission(`333.hula.atlas.${ending}`, text);
          readSubmission(`${text}.${ending}`, "");
        }
      }),
      RUNS,
    );
  });
});

function byTime(a: { readonly evidence: Evidence }, b: { readonly evidence: Evidence }): number {
  return a.evidence.at < b.evidence.at ? -1 : a.evidence.at > b.evidence.at ? 1 : 0;
}
