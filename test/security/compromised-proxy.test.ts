import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { makeKey } from "../../adapters/openssh/keygen.ts";
import {
  type SignatureNamespace,
  SshSignatureCheck,
  signWithKey,
} from "../../adapters/openssh/signatures.ts";
import { accessOf } from "../../core/access/access.ts";
import { type Directory, printDirectory, readDirectory } from "../../core/access/directory.ts";
import type { SignedText } from "../../core/keys/signed-text.ts";
import { Registry } from "../../core/registry/registry.ts";
import { planSystems } from "../../core/registry/system-moves.ts";
import { freshDirectory, knownDirectory } from "../../flows/known-directory.ts";
import { at, good, madeKey, madeRealm, madeRecord, madeSystem } from "../made/access.ts";
import { idOf } from "../processes/small-realm.ts";

const id = idOf("333.hula.atlas");
let folder = "";
let signer = "";
let proxyKey = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "warren-test-"));
  [signer, proxyKey] = await Promise.all([makeKey(join(folder, "signer")), makeKey(join(folder, "proxy"))]);
});
afterAll(() => rm(folder, { recursive: true }));

const directory = (more: Partial<Directory> = {}): Directory => ({
  format: 1,
  realm: "atlas",
  system: "hula",
  sequence: 5,
  proxy: { name: "eu", host: "127.0.0.1", port: 22, hostKeys: [proxyKey] },
  login: ["atlas"],
  legacy: false,
  devices: { 333: { port: 61333, hostKeys: [madeKey("host")] } },
  controllers: { "controller-a": { keys: [{ key: madeKey("controller") }] } },
  ...more,
});
/** What a proxy would like a device to believe: a login key of its own. */
const poisoned = (sequence = 6) =>
  directory({ sequence, controllers: { "controller-a": { keys: [{ key: proxyKey }] } } });

let kept: SignedText | undefined;
beforeEach(async () => {
  kept = await signed(directory());
});
async function signed(of: Directory, key = "signer", namespace: SignatureNamespace = "warren-directory") {
  const text = printDirectory(of);
  return { text, signature: await signWithKey(join(folder, key), namespace, text) };
}

/** A device that has seen `kept` asks its proxy, which answers with `answer`; `before`: what it saw when it started. */
const served = async (answer: string, before?: Directory): Promise<Directory> => {
  const ports = {
    signatures: new SshSignatureCheck(),
    store: {
      load: async () => kept,
      save: async (text: SignedText) => {
        kept = text;
      },
    },
  };
  const pinned = { id, signers: [signer] };
  const seen = before ?? (await knownDirectory(ports, pinned));
  return freshDirectory(ports, { ask: async () => answer }, pinned, seen);
};
const joined = ({ text, signature }: SignedText) => `${text}${signature}`;

describe("a compromised proxy", () => {
  it("serves what the realm signed: the tests below can fail", async () => {
    expect((await served(joined(await signed(directory({ sequence: 6 }))))).sequence).toBe(6);
  });

  it("hands out no directory without a signature", async () => {
    await expect(served(printDirectory(poisoned()))).rejects.toMatchObject({ code: "refused" });
  });

  it.each<[string, () => Promise<SignedText>]>([
    ["that it signed itself", () => signed(poisoned(), "proxy")],
    [
      "that was changed after it was signed",
      async () => ({ ...(await signed(directory())), text: printDirectory(poisoned()) }),
    ],
    ["with a signature made for something else", () => signed(poisoned(), "signer", "warren-enroll")],
    ["that is older than the one it served before", () => signed(directory({ sequence: 4 }))],
    ["of another system of the realm", () => signed(directory({ sequence: 9, system: "tern" }))],
    ["of another realm under the same keys", () => signed(directory({ sequence: 9, realm: "other" }))],
  ])("hands out none %s", async (_what, made) => {
    const before = kept;
    await expect(served(joined(await made()))).rejects.toMatchObject({ code: "refused" });
    expect(kept).toEqual(before);
  });

  it("hands out none that is older than what another command of this computer saw meanwhile", async () => {
    const seen = good(readDirectory((kept ?? (await signed(directory()))).text));
    kept = await signed(directory({ sequence: 7 }));
    const newest = kept;
    const answer = joined(await signed(directory({ sequence: 6 })));
    await expect(served(answer, seen)).rejects.toMatchObject({ code: "refused" });
    expect(kept).toEqual(newest);
  });

  it("hands out none from before a change that realm.yaml alone made", async () => {
    const before = Registry.of(5, [madeRecord("333.hula.atlas", { port: 61333 })]);
    const now = at("2026-11-21T08:30:00Z");
    const signedFor = (login: string, known: Registry) => {
      const realm = madeRealm([madeSystem("hula", { login: [login] })]);
      const registry = known.with(known.sequence + 1, [], planSystems(realm, known, now).systems);
      const text = accessOf(realm, registry).get("eu")?.files.get("directory/hula.json") ?? "";
      return { registry, signed: signed(good(readDirectory(text))) };
    };
    const old = signedFor("root", before);
    kept = await signedFor("atlas", old.registry).signed;
    await expect(served(joined(await old.signed))).rejects.toMatchObject({ code: "refused" });
    expect((await served(joined(kept))).login).toEqual(["atlas"]);
  });

  it.each(["", "\n", "{}", "-----BEGIN SSH SIGNATURE-----\n-----END SSH SIGNATURE-----\n", "\u001b[2J"])(
    "gets nothing kept by the answer %j",
    async (answer) => {
      const before = kept;
      await expect(served(answer)).rejects.toMatchObject({ code: "refused" });
      expect(kept).toEqual(before);
    },
  );

  it("whose disk trick changed what a device keeps is not believed at its next start", async () => {
    kept = { ...(await signed(directory())), text: printDirectory(poisoned()) };
    const store = { load: async () => kept, save: async () => {} };
    const ports = { signatures: new SshSignatureCheck(), store };
    expect(await knownDirectory(ports, { id, signers: [signer] })).toBeUndefined();
  });
});
