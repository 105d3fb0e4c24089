import { describe, expect, it } from "@jest/globals";
import { printAuthorizedKeys } from "../../../core/access/authorized-keys.ts";
import { driftOf, type Expectation, hasDrift, strayWords } from "../../../core/access/drift.ts";
import type { Held, Strays } from "../../../core/access/held.ts";
import { readKeyLine } from "../../../core/keys/key-line.ts";
import { good, id, madeKey } from "../../made/access.ts";

const KEYS = "authorized_keys/hula";
const grant = (computer: string, port: number, name = computer) => {
  const key = good(readKeyLine(madeKey(name)));
  return { role: "device", computer: id(computer), port, key } as const;
};
const one = grant("1.hula.atlas", 61001);
const two = grant("2.hula.atlas", 61002);
const evil = grant("9.hula.atlas", 61009);
const wanted = printAuthorizedKeys([one, two]);

const expected = (more: Partial<Expectation> = {}): Expectation => ({
  files: new Map([[KEYS, wanted]]),
  exact: true,
  isNewer: () => false,
  ...more,
});
const held = (strays: Partial<Strays>, findings: readonly string[] = []): Held => ({
  kind: "generation",
  name: "1",
  manifest: { format: 1, realm: "atlas", proxy: "eu", sequence: 1, files: {} },
  strays: { changed: {}, missing: [], unknown: [], ...strays },
  findings,
});
const says = (text: string | null, more: Partial<Expectation> = {}) =>
  driftOf(held({ changed: { [KEYS]: text } }), expected(more)).files.map(strayWords);

describe("driftOf", () => {
  it("finds nothing where the proxy says nothing", () => {
    expect(hasDrift(driftOf({ kind: "empty" }))).toBe(false);
  });

  it("names computer and key of a line that is unknown, changed or missing", () => {
    expect(says(printAuthorizedKeys([one, two, evil]))).toEqual([
      `${KEYS} line 3 is unknown: 9.hula.atlas ${evil.key.fingerprint}`,
    ]);
    expect(says(printAuthorizedKeys([{ ...one, port: 61003 }, two]))).toEqual([
      `${KEYS} line 1 was changed: 1.hula.atlas ${one.key.fingerprint}`,
    ]);
    expect(says(printAuthorizedKeys([one]))).toEqual([
      `${KEYS} lacks a line: 2.hula.atlas ${two.key.fingerprint}`,
    ]);
  });

  it("knows a key whatever options stand before it, and shows nothing else of the line", () => {
    expect(says(`${wanted}command="/bin/sh \u001b[2J @everyone" ${evil.key.line} comment\n`)).toEqual([
      `${KEYS} line 3 is unknown: ${evil.key.fingerprint}`,
    ]);
    expect(says(`${wanted}# <script>\n`)).toEqual([`${KEYS} line 3 is unknown: it is no line of Warren's`]);
    expect(says(wanted.replace(/^[^ ]+ /, ""))).toEqual([
      `${KEYS} line 1 was changed: 1.hula.atlas ${one.key.fingerprint}`,
    ]);
  });

  it("tells of other files, and of lines in another order, only that they were changed", () => {
    expect(says(printAuthorizedKeys([one, two]).split("\n").toReversed().join("\n"))).toEqual([
      `${KEYS} was changed`,
    ]);
    expect(says(null)).toEqual([`${KEYS} was changed`]);
    expect(says("x", { files: new Map() })).toEqual([`${KEYS} was changed`]);
  });

  it("takes no change of the registry since for drift", () => {
    const newer = { exact: false, isNewer: (computer: string) => computer === "9.hula.atlas" };
    expect(says(printAuthorizedKeys([one, evil]), newer)).toEqual([`${KEYS} was changed`]);
    expect(says(printAuthorizedKeys([one, evil]), { exact: false })).toEqual([
      `${KEYS} line 2 is unknown: 9.hula.atlas ${evil.key.fingerprint}`,
    ]);
  });

  it("tells of files that are missing or unknown, and of the host", () => {
    const drift = driftOf(
      held({ missing: ["directory/hula.json"], unknown: ["x"] }, ["sshd_config was changed"]),
    );
    expect(drift.files.map(strayWords)).toEqual(["directory/hula.json is missing", "x is none of Warren's"]);
    expect(drift.host).toEqual(["sshd_config was changed"]);
  });
});
