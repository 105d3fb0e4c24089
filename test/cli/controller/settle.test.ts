import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { ProfileFolder } from "../../../adapters/files/profile-folder.ts";
import { type SshContent, sshTexts, writeSshConfig } from "../../../adapters/openssh/ssh-files.ts";
import { settle } from "../../../cli/controller/settle.ts";
import { settledIn } from "../../../cli/controller/settled.ts";
import { type Directory, printDirectory } from "../../../core/access/directory.ts";
import type { Profile } from "../../../core/computer/profile.ts";
import { id, madeKey } from "../../made/access.ts";

const proxy = { host: "proxy.example.org", port: 2222, hostKeys: [madeKey("proxy")] };
const profile: Profile = {
  format: 1,
  id: "controller-a.hula.atlas",
  repository: "wildlife/atlas",
  proxy,
  signers: [madeKey("signer")],
};
const directoryOf = (sequence: number, hostKey: string): Directory => ({
  format: 1,
  realm: "atlas",
  system: "hula",
  sequence,
  proxy: { name: "eu", ...proxy },
  login: ["atlas"],
  legacy: false,
  devices: { "333": { port: 61333, hostKeys: [madeKey(hostKey)] } },
  controllers: {},
});
const [older, judged, newer] = [directoryOf(1, "old"), directoryOf(2, "now"), directoryOf(3, "new")];

describe("what a command remembers to have judged", () => {
  let base: string;
  let folder: ProfileFolder;
  const content = (directory: Directory): SshContent => ({ id: id(profile.id), proxy, directory });
  const prepare = (directory: Directory) => writeSshConfig(folder, content(directory));
  const settled = async (version: string) => {
    const ours = (directory: Directory) => sshTexts(folder, content(directory));
    await settle({ folder, profile, sshTexts: ours }, judged, "1.0.0");
    return settledIn(folder.path, version)?.directory;
  };
  const keep = (directory: Directory) =>
    folder.save({ text: printDirectory(directory), signature: `signature of ${directory.sequence}\n` });

  beforeEach(async () => {
    base = await mkdtemp(join(tmpdir(), "warren-test-"));
    folder = new ProfileFolder(join(base, profile.id));
    await folder.make();
    await folder.keepProfile(profile);
    await keep(judged);
    await prepare(judged);
  });
  afterEach(() => rm(base, { recursive: true }));

  it("is what it left there", async () => {
    expect(await settled("1.0.0")).toBe(printDirectory(judged));
    expect(await settled("1.0.1")).toBeUndefined();
  });

  it.each<[string, () => Promise<void>]>([
    ["a command that began before has ssh go by an older directory again", () => prepare(older)],
    ["another has kept a newer directory, and ssh does not go by it yet", () => keep(newer)],
    ["another has ssh go by a newer one", () => prepare(newer)],
    ["the computer was enrolled anew", () => folder.keepProfile({ ...profile, signers: [madeKey("other")] })],
  ])("is nothing where %s", async (_, meanwhile) => {
    await meanwhile();
    await expect(settled("1.0.0")).rejects.toThrow(/settled/);
  });
});
