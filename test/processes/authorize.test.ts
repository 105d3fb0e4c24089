import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { makeKey } from "../../adapters/openssh/keygen.ts";
import { type Ended, run } from "../../adapters/openssh/run.ts";
import { signWithKey } from "../../adapters/openssh/signatures.ts";
import { type Directory, printDirectory } from "../../core/access/directory.ts";
import { printProfile } from "../../core/computer/profile.ts";
import { until } from "../made/running-sandbox.ts";
import { canHost, type StockHost, startStockHost } from "./stock-host.ts";

const WARREN = resolve("dist/warren.js");
const PROFILE = "/root/.config/warren/333.hula.atlas";
const KEYS = "/home/atlas/.ssh/authorized_keys";
const OTHER = "Match User atlas\n  AuthenticationMethods publickey\nMatch all\n";
const DROP_IN = "/etc/ssh/sshd_config.d/10-warren-password-333.hula.atlas.conf";

(canHost() ? describe : describe.skip)("warren authorize, as root of a stock device", () => {
  let folder: string;
  let host: StockHost;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "warren-test-"));
    const [signer, controller] = await Promise.all(
      ["signer", "controller"].map((name) => makeKey(join(folder, name))),
    );
    if (signer === undefined || controller === undefined) throw new Error("no keys were made");
    const directory: Directory = {
      format: 1,
      realm: "atlas",
      system: "hula",
      sequence: 7,
      proxy: { name: "eu", host: "127.0.0.1", port: 1, hostKeys: [signer] },
      login: ["atlas"],
      legacy: false,
      devices: { 333: { port: 61333, hostKeys: [] } },
      controllers: { "controller-a": { keys: [{ key: controller }] } },
    };
    const text = printDirectory(directory);
    const device = { sshd: { host: "127.0.0.1", port: 22 }, authorizedKeys: { atlas: KEYS } };
    const pinned = { host: "127.0.0.1", port: 1, hostKeys: [signer] };
    host = await startStockHost({
      prepare: async (there) => {
        await there.must(["useradd", "-m", "-s", "/bin/sh", "atlas"]);
        await there.put(
          `${PROFILE}/profile.json`,
          printProfile({
            format: 1,
            id: "333.hula.atlas",
            repository: "o/r",
            proxy: pinned,
            signers: [signer],
            device,
          }),
        );
        await there.put(`${PROFILE}/directory.json`, text);
        await there.put(
          `${PROFILE}/directory.json.sig`,
          await signWithKey(join(folder, "signer"), "warren-directory", text),
        );
      },
    });
    await writeFile(join(folder, "known_hosts"), `[127.0.0.1]:${host.port} ${host.hostKey}\n`);
    await writeFile(join(folder, "askpass"), "#!/bin/sh\necho 'its password'\n");
    await chmod(join(folder, "askpass"), 0o755);
  });
  afterAll(async () => {
    await host?.stop();
    await rm(folder, { recursive: true });
  });

  const authorize = (...args: readonly string[]): Promise<Ended> =>
    host.run(["env", "HOME=/root", process.execPath, WARREN, "authorize", ...args]);
  const login = (password: "with" | "without"): Promise<Ended> => {
    const options = [
      "IdentitiesOnly=yes",
      `UserKnownHostsFile=${folder}/known_hosts`,
      "NumberOfPasswordPrompts=1",
    ];
    const to = ["-i", join(folder, "controller"), "-p", String(host.port), "atlas@127.0.0.1", "id -un"];
    const batch = password === "with" ? "no" : "yes";
    const all = [...options, `BatchMode=${batch}`].flatMap((option) => ["-o", option]);
    const env = {
      PATH: process.env.PATH,
      SSH_ASKPASS: join(folder, "askpass"),
      SSH_ASKPASS_REQUIRE: "force",
    };
    return run("ssh", ["-F", "none", ...all, ...to], { timeout: 20_000, env });
  };

  it("lets the controllers of the signed directory in, as the account, though the proxy is away", async () => {
    expect(await authorize("--dry-run", "--json")).toMatchObject({ status: 0 });
    expect((await host.run(["ls", KEYS])).status).not.toBe(0);
    const { status, stdout, stderr } = await authorize("--json");
    expect({ status, document: JSON.parse(stdout) }).toEqual({
      status: 0,
      document: [
        {
          id: "333.hula.atlas",
          sequence: 7,
          accounts: [{ account: "atlas", keys: 1, state: "changed" }],
          passwords: [],
        },
      ],
    });
    expect(stderr).toContain("going on with the directory of sequence 7");
    expect(await host.must(["stat", "-c", "%U %a", KEYS])).toBe("atlas 600\n");
    expect(await login("without")).toMatchObject({ status: 0, stdout: "atlas\n" });
  });

  it("asks for a password beside the key, unless nobody could give one, and stops asking", async () => {
    expect(await authorize("--require-password")).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("account atlas has no password"),
    });
    await host.must(["chpasswd"], "atlas:its password\n");
    expect((await authorize("--require-password", "--dry-run")).stdout).toContain(`would: writes ${DROP_IN}`);
    expect((await host.run(["ls", DROP_IN])).status).not.toBe(0);
    expect(await authorize("--require-password")).toMatchObject({ status: 0 });
    await until(
      async () => (await login("without")).stderr.includes("Permission denied (password)") || undefined,
    );
    expect(await login("with")).toMatchObject({ status: 0, stdout: "atlas\n" });
    expect(await authorize("--no-require-password")).toMatchObject({ status: 0 });
    await until(async () => (await login("without")).status === 0 || undefined);
  });

  it("takes its file back where another one has sshd do otherwise", async () => {
    await host.put("/etc/ssh/sshd_config.d/00-other.conf", OTHER);
    const { status, stderr } = await authorize("--require-password");
    expect(status).toBe(1);
    expect(stderr).toContain("00-other.conf:2");
    expect((await host.run(["ls", DROP_IN])).status).not.toBe(0);
  });
});
