import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { makeKey } from "../../../adapters/openssh/keygen.ts";
import { SshSignatureCheck, SshSigner, signWithKey } from "../../../adapters/openssh/signatures.ts";

let folder = "";
let [ours, other] = ["", ""];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "warren-test-"));
  ours = await makeKey(join(folder, "ours"), "a comment");
  other = await makeKey(join(folder, "other"));
});
afterAll(() => rm(folder, { recursive: true }));

const text = '{\n  "format": 1\n}\n';
const check = new SshSignatureCheck();

describe("SshSigner and SshSignatureCheck", () => {
  it("pass what one of the pinned keys signed", async () => {
    const signature = await new SshSigner(join(folder, "ours")).sign(text);
    expect(await check.verify(text, signature, [other, ours])).toBe(true);
  });

  it("refuse another text, another key, no key and another purpose", async () => {
    const signature = await new SshSigner(join(folder, "ours")).sign(text);
    const enroll = await signWithKey(join(folder, "ours"), "warren-enroll", text);
    expect(await check.verify(`${text}\n`, signature, [ours])).toBe(false);
    expect(await check.verify(text, signature, [other])).toBe(false);
    expect(await check.verify(text, signature, [])).toBe(false);
    expect(await check.verify(text, "no signature", [ours])).toBe(false);
    expect(await check.verify(text, enroll, [ours])).toBe(false);
  });

  it("gives the same signature each time, so that a proxy need not be changed", async () => {
    const signer = new SshSigner(join(folder, "ours"));
    expect(await signer.sign(text)).toBe(await signer.sign(text));
  });

  it("says which key file is missing", async () => {
    await expect(new SshSigner(join(folder, "missing")).sign(text)).rejects.toMatchObject({ code: "usage" });
    expect((await readdir(folder)).toSorted()).toEqual(["other", "other.pub", "ours", "ours.pub"]);
  });
});
