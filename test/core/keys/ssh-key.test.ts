import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { parseSshPublicKey } from "../../../core/keys/ssh-key.ts";

/** Lines that ssh-keygen made, with what `ssh-keygen -lf` says of each. */
const honest: readonly { line: string; bits: number; fingerprint: string }[] = JSON.parse(
  readFileSync(new URL("../../fixtures/ssh-keys.json", import.meta.url), "utf8"),
);

const line = (type: string, ...parts: readonly (Buffer | string)[]): string =>
  `${type} ${Buffer.concat([type, ...parts].flatMap((part) => string(Buffer.from(part)))).toString("base64")}`;
const string = (bytes: Buffer): Buffer[] => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return [length, bytes];
};
const ED25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBPkpEqWdR/ziIVwamEAaxXbCpcVGGV13QoeSZG68lYR";
const point = Buffer.from(ED25519.split(" ")[1] ?? "", "base64").subarray(-32);
const problemOf = (text: string): string => {
  const read = parseSshPublicKey(text);
  return read.ok ? `accepted ${read.value.line}` : read.problem;
};

describe("parseSshPublicKey", () => {
  it.each(honest)("agrees with ssh-keygen -lf on $line", ({ line, bits, fingerprint }) => {
    const [type = "", base64 = ""] = line.split(" ");
    expect(parseSshPublicKey(line)).toEqual({
      ok: true,
      value: { type, bits, fingerprint, line: `${type} ${base64}` },
    });
  });

  it("agrees with this machine's ssh-keygen", () => {
    const lines = honest.map(({ line }) => line);
    const said = execFileSync("ssh-keygen", ["-lf", "-"], {
      input: `${lines.join("\n")}\n`,
      encoding: "utf8",
    });
    const ours = lines.map((text) => {
      const read = parseSshPublicKey(text);
      return read.ok ? `${read.value.bits} ${read.value.fingerprint}` : read.problem;
    });
    expect(ours).toEqual(
      said
        .trimEnd()
        .split("\n")
        .map((row) => row.split(" ", 2).join(" ")),
    );
  });

  it("drops the comment, whatever it says", () => {
    for (const comment of [
      "",
      " ",
      " josé@höhle",
      ' command="rm -rf /" @everyone <img>',
      " AAAA ssh-ed25519",
    ]) {
      expect(parseSshPublicKey(`${ED25519}${comment}`)).toMatchObject({ ok: true, value: { line: ED25519 } });
    }
  });

  it.each([
    ["", "ssh key is empty"],
    [`${ED25519}\n${ED25519}`, 'ssh key has "\\n" at character 81; give one key on one line'],
    [`${ED25519}\r`, 'ssh key has "\\r" at character 81; give one key on one line'],
    [`${ED25519} a\u2028b`, 'ssh key has "\\u2028" at character 83; give one key on one line'],
    [`${ED25519} a\0b`, 'ssh key has "\\u0000" at character 83; give one key on one line'],
    [`${ED25519} ${ED25519}`, "ssh key is followed by another key; give one"],
    [`\ufeff${ED25519}`, /^ssh key begins with "\\ufeffssh-ed25519"/],
    [` ${ED25519}`, /^ssh key begins with ""/],
    [
      `restrict ${ED25519}`,
      /^ssh key begins with "restrict"; begin with its type, without options: ssh-ed25519, /,
    ],
    [`command="sh" ${ED25519}`, /^ssh key begins with "command=/],
    [`tunnels.example.org ${ED25519}`, /^ssh key begins with "tunnels\.example\.org"/],
    ["ssh-ed25519", /^ssh key has no base64/],
    [ED25519.replace(" ", "  "), /^ssh key has no base64/],
    [ED25519.replace(" ", "\t"), /at character 12/],
    [ED25519.replace("IBPk", "I-Pk"), 'ssh key has "-" in its base64'],
    [ED25519.replace("ssh-ed25519 ", "ssh-ed25519 А"), 'ssh key has "\\u0410" in its base64'],
    [`${ED25519}!!!!`, 'ssh key has "!" in its base64'],
    [`${ED25519}=`, /base64 that is cut off, or not in its one form/],
    [ED25519.slice(0, -1), /base64 that is cut off/],
    [
      ED25519.replace("ssh-ed25519 ", "ssh-rsa "),
      'ssh key says "ssh-rsa" before its base64 and "ssh-ed25519" inside',
    ],
    [ED25519.replace("ssh-ed25519", "SSH-ED25519"), /^ssh key begins with "SSH-ED25519"/],
    ["ssh-dss AAAAB3NzaC1kc3M=", 'ssh key is of type "ssh-dss", which is too weak; use ssh-ed25519'],
    [
      "ssh-ed25519-cert-v01@openssh.com AAAA",
      /^ssh key is a certificate \("ssh-ed25519-cert-v01@openssh\.com"\)/,
    ],
    ["-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA", /^ssh key is a private key, which is no longer private/],
    ["PuTTY-User-Key-File-3: ssh-ed25519", /^ssh key is a private key/],
    ["-----BEGIN PUBLIC KEY-----\nAAAA", /^ssh key is in PEM/],
  ])("refuses %j", (text, problem) => {
    if (typeof problem === "string") expect(problemOf(text)).toBe(problem);
    else expect(problemOf(text)).toMatch(problem);
  });

  it("refuses more text than the longest key needs", () => {
    expect(problemOf(`ssh-ed25519 ${"A".repeat(5000)}`)).toBe("ssh key has 5012 characters; 4096 at most");
  });

  it.each([
    ["a short ed25519 key", line("ssh-ed25519", point.subarray(1))],
    ["a long ed25519 key", line("ssh-ed25519", Buffer.concat([Buffer.alloc(1), point]))],
    ["bytes after an ed25519 key", line("ssh-ed25519", point, "x")],
    ["an ed25519 private key", line("ssh-ed25519", point, Buffer.concat([point, point]))],
    ["an ed25519 point off the curve", line("ssh-ed25519", offCurve())],
    ["an ed25519 point of order 1", line("ssh-ed25519", Buffer.from([1, ...Buffer.alloc(31)]))],
    ["an ed25519 y beyond the field", line("ssh-ed25519", Buffer.alloc(32, 0xff))],
    ["a hardware key without application", line("sk-ssh-ed25519@openssh.com", point)],
    ["a hardware key for a web site", line("sk-ssh-ed25519@openssh.com", point, "https://example.org")],
    ["a hardware key with more after it", line("sk-ssh-ed25519@openssh.com", point, "ssh:", "more")],
    ["a hardware key off the curve", line("sk-ssh-ed25519@openssh.com", offCurve(), "ssh:")],
    ["a P-256 point off the curve", line("ecdsa-sha2-nistp256", "nistp256", Buffer.alloc(65, 4))],
    ["a compressed P-256 point", line("ecdsa-sha2-nistp256", "nistp256", Buffer.alloc(33, 2))],
    ["the point at infinity", line("ecdsa-sha2-nistp256", "nistp256", Buffer.alloc(1))],
    ["another curve than the type's", line("ecdsa-sha2-nistp256", "nistp384", Buffer.alloc(97, 4))],
  ])("refuses %s", (_, text) => {
    expect(problemOf(text)).toMatch(/^ssh key (has|is|names) /);
  });

  const { e: E = "", n: N = "" } = generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey.export({
    format: "jwk",
  });
  const [e, n] = [Buffer.from(E, "base64url"), Buffer.concat([Buffer.alloc(1), Buffer.from(N, "base64url")])];
  const number = (value: bigint): Buffer => {
    const hex = value.toString(16);
    const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");
    return (bytes[0] ?? 0) < 0x80 ? bytes : Buffer.concat([Buffer.alloc(1), bytes]);
  };
  const modulus = BigInt(`0x${n.toString("hex")}`);

  it.each([
    ["512 bits", e, number(2n ** 511n + 1n), "RSA modulus of 512 bits"],
    ["20,000 bits", e, number(2n ** 19_999n + 1n), "RSA modulus of 20000 bits"],
    ["e = 1", Buffer.from([1]), n, "RSA exponent 1; 65537 or more"],
    ["e = 3", Buffer.from([3]), n, "RSA exponent 3; 65537 or more"],
    ["an even e", Buffer.from([1, 0, 2]), n, "even RSA exponent 65538"],
    ["a huge e", number(2n ** 80n + 1n), n, "exponent of more than 64 bits"],
    ["an even n", e, number(modulus - 1n), "RSA modulus that 2 divides"],
    ["a small factor", e, number((modulus / 751n) * 751n), "divides"],
    ["a square", e, number(1_000_003n ** 60n), "is a square"],
    ["a leading zero too many", e, Buffer.concat([Buffer.alloc(1), n]), "not written in its one form"],
    ["a negative n", e, n.subarray(1), "not written in its one form"],
    ["n before e", n, e, "RSA modulus of"],
  ])("refuses RSA with %s", (_, exponent, modulus, problem) => {
    expect(problemOf(line("ssh-rsa", exponent, modulus))).toContain(problem);
  });

  it("refuses RSA keys as Infineon's library made them (ROCA)", () => {
    const primes = [
      2n,
      3n,
      5n,
      7n,
      11n,
      13n,
      17n,
      19n,
      23n,
      29n,
      31n,
      37n,
      41n,
      43n,
      47n,
      53n,
      59n,
      61n,
      67n,
      71n,
      73n,
    ];
    const more = [
      79n,
      83n,
      89n,
      97n,
      101n,
      103n,
      107n,
      109n,
      113n,
      127n,
      131n,
      137n,
      139n,
      149n,
      151n,
      157n,
      163n,
      167n,
    ];
    const product = [...primes, ...more].reduce((a, b) => a * b);
    // Some k lets no other small prime divide it.
    const found = Array.from({ length: 400 }, (_, k) =>
      problemOf(line("ssh-rsa", e, number((2n ** 1900n / product + BigInt(k)) * product + 65_537n ** 5n))),
    );
    expect(found.some((problem) => problem.includes("ROCA"))).toBe(true);
  });
});

function offCurve(): Buffer {
  const bent = Buffer.from(point);
  for (let i = 0; i < 256; i++) {
    bent[5] = i;
    const read = parseSshPublicKey(line("ssh-ed25519", bent));
    if (!read.ok && read.problem.includes("not on the curve")) return bent;
  }
  throw new Error("every neighbour of the point is on the curve");
}
