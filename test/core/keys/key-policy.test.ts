import { describe, expect, it } from "@jest/globals";
import { DEFAULT_KEY_POLICY, keyProblem, SSH_POLICY_WORDS } from "../../../core/keys/key-policy.ts";
import { SSH_KEY_TYPES } from "../../../core/keys/ssh-blob.ts";

const of = (type: string, bits: number) => keyProblem(DEFAULT_KEY_POLICY, { type, bits });

describe("keyProblem", () => {
  it.each([
    ["ssh-ed25519", 256],
    ["sk-ssh-ed25519@openssh.com", 256],
    ["ecdsa-sha2-nistp384", 384],
    ["ssh-rsa", 3072],
    ["ssh-rsa", 8192],
    ["ec-p256", 256],
    ["rsa-2048", 2048],
    ["rsa-3071", 3071],
  ])("lets %s of %i bits in by default", (type, bits) => {
    expect(of(type, bits)).toBeUndefined();
  });

  it("counts the bits of RSA keys, and goes by the name of all others", () => {
    const ssh =
      "ssh-ed25519, sk-ssh-ed25519@openssh.com, sk-ecdsa-sha2-nistp256@openssh.com, ecdsa-sha2-nistp256, ecdsa-sha2-nistp384, RSA of 3072 bits or more";
    expect(of("ssh-rsa", 3071)).toBe(`ssh key is RSA of 3071 bits; keys.ssh allows ${ssh}`);
    expect(of("ecdsa-sha2-nistp521", 521)).toBe(`ssh key is "ecdsa-sha2-nistp521"; keys.ssh allows ${ssh}`);
    expect(of("rsa-2047", 2047)).toBe(
      "x509 key is RSA of 2047 bits; keys.x509 allows ec-p256, ec-p384, RSA of 2048 bits or more",
    );
    expect(keyProblem({ ssh: ["ssh-ed25519"], x509: ["ec-p384"] }, { type: "ec-p256", bits: 256 })).toBe(
      'x509 key is "ec-p256"; keys.x509 allows ec-p384',
    );
  });

  it("names no type that can't be read", () => {
    expect(SSH_POLICY_WORDS.filter((word) => !word.startsWith("rsa-") && !SSH_KEY_TYPES.has(word))).toEqual(
      [],
    );
  });
});
