import { createPrivateKey, X509Certificate } from "node:crypto";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { LocalCa } from "../../../adapters/local-ca/ca.ts";
import { type Ended, run } from "../../../adapters/openssh/run.ts";
import { caKeyHere } from "../../../cli/admin/ca-key.ts";
import { printRecord } from "../../../core/registry/record-file.ts";
import { printRegistryHead } from "../../../core/registry/registry-file.ts";
import { makeCsr, pemOf } from "../../core/made-csr.ts";
import { madeCertificate, madeKey, madeRecord } from "../../made/access.ts";
import { realmYaml } from "../../made/realm-yaml.ts";

let folder = "";
const file = (path: string) => join(folder, path);
const warren = (...args: readonly string[]): Promise<Ended> =>
  run(process.execPath, [resolve("dist/warren.js"), "broker", ...args], { timeout: 30_000 });
const config = (kind: string, ...more: readonly string[]) =>
  warren("config", kind, "--realm", file("realm.yaml"), "--registry", file("registry"), ...more);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "warren-test-"));
  await mkdir(file("registry/hula"), { recursive: true });
  await writeFile(file("registry/registry.json"), printRegistryHead({ format: 1, sequence: 3 }));
  const record = madeRecord("333.hula.atlas", { port: 61333, certificates: [madeCertificate] });
  await writeFile(file("registry/hula/333.json"), printRecord(record));
});
afterEach(() => rm(folder, { recursive: true }));

const withBroker = async (hosts = "[eu]") => {
  const { certPem } = await LocalCa.open(file("ca"));
  const ca = certPem.trimEnd().replaceAll("\n", "\n    ");
  const broker = `broker:\n  type: mqtt\n  url: mqtts://b.example.org:8899\n  hosts: ${hosts}\n  ca: |\n    ${ca}\n`;
  const text = realmYaml({ port: 22, hostKey: madeKey("host"), signer: madeKey("signer") });
  await writeFile(file("realm.yaml"), text + broker);
};

describe("warren broker ca", () => {
  it("makes a CA whose key is its owner's alone, says none of it, and never makes it anew", async () => {
    const made = await warren("ca", "--out", file("ca"));
    expect(made.status).toBe(0);
    expect(new X509Certificate(made.stdout).ca).toBe(true);
    expect((await stat(file("ca/ca-key.pem"))).mode & 0o777).toBe(0o600);
    const [, secret = ""] = (await readFile(file("ca/ca-key.pem"), "utf8")).split("\n");
    expect(made.stdout + made.stderr).not.toContain(secret);
    expect((await warren("ca", "--out", file("ca"))).stdout).toBe(made.stdout);
  });
});

describe("warren broker certificate", () => {
  it("signs a request for the names that are given, and for a server alone", async () => {
    const ca = await LocalCa.open(file("ca"));
    await writeFile(file("csr"), pemOf(makeCsr()));
    const { stdout } = await warren(
      "certificate",
      "b.example.org",
      "10.0.0.1",
      "--ca",
      file("ca"),
      "--csr",
      file("csr"),
    );
    const signed = new X509Certificate(stdout);
    expect(signed.verify(new X509Certificate(ca.certPem).publicKey)).toBe(true);
    expect([signed.checkHost("b.example.org"), signed.checkIP("10.0.0.1")]).toEqual([
      "b.example.org",
      "10.0.0.1",
    ]);
    expect(signed.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
  });

  it("makes no CA where there is none", async () => {
    await writeFile(file("csr"), pemOf(makeCsr()));
    const { status, stderr } = await warren("certificate", "b", "--ca", file("none"), "--csr", file("csr"));
    expect(status).toBe(2);
    expect(stderr).toContain("none/ca.pem can't be read");
    await expect(readdir(file("none"))).rejects.toMatchObject({ code: "ENOENT" });
  });
});

describe("warren broker config", () => {
  it.each(["mosquitto", "rabbitmq", "emqx"])("prints %s's, and no secret of it", async (kind) => {
    await withBroker();
    const { status, stdout } = await config(kind);
    expect(status).toBe(0);
    expect(stdout).toContain("8899");
    expect(stdout).not.toMatch(/"password"|PRIVATE KEY/);
  });

  it("writes what is secret for its owner alone, and the same rules as it prints", async () => {
    await withBroker();
    expect((await config("mosquitto", "--out", file("out"))).status).toBe(0);
    const modes = await Promise.all(
      ["broker.json", "rules.json", "mosquitto.conf"].map(
        async (name) => (await stat(file(`out/${name}`))).mode & 0o777,
      ),
    );
    expect(modes).toEqual([0o600, 0o600, 0o644]);
    const rules = JSON.parse(await readFile(file("out/rules.json"), "utf8"));
    expect(rules.clients.map(({ username }: { username: string }) => username)).toEqual([
      "warren",
      "333.hula.atlas.t.example.org",
    ]);
  });

  it("takes no path that could end a line or a string of the configuration", async () => {
    await withBroker();
    for (const path of ["/etc/x\nallow_anonymous true", '/etc/"x', "relative", "/etc/$(x)"]) {
      const { status, stderr } = await config("mosquitto", "--at", path);
      expect(status).toBe(2);
      expect(stderr).toContain("is no absolute path");
    }
  });

  it("refuses a realm without a broker of its own, and says what to write", async () => {
    const text = realmYaml({ port: 22, hostKey: madeKey("host"), signer: madeKey("signer") });
    await writeFile(file("realm.yaml"), text);
    expect(await config("mosquitto")).toMatchObject({ status: 1, stdout: "" });
  });

  it("refuses a realm whose broker runs on no proxy of it", async () => {
    await withBroker("[us]");
    const { status, stderr } = await config("mosquitto");
    expect(status).toBe(2);
    expect(stderr).toContain('"us" is not in proxies; use eu');
  });
});

describe("the CA's key, as commands find it", () => {
  it("is in the environment, or in a file that nobody else reads", async () => {
    await LocalCa.open(file("ca"));
    const path = file("ca/ca-key.pem");
    const text = await readFile(path, "utf8");
    expect(await caKeyHere({ WARREN_CA_KEY_PATH: path })).toBe(text);
    const escaped = await caKeyHere({ WARREN_CA_KEY: text.replaceAll("\n", "\\n") });
    expect(() => createPrivateKey(escaped ?? "")).not.toThrow();
    expect(await caKeyHere({})).toBeUndefined();
    await chmod(path, 0o640);
    await expect(caKeyHere({ WARREN_CA_KEY_PATH: path })).rejects.toMatchObject({
      code: "usage",
      hint: `chmod 600 ${path}`,
    });
  });
});
