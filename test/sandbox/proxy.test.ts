import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { makeKey } from "../../adapters/openssh/keygen.ts";
import { run } from "../../adapters/openssh/run.ts";
import { SshSignatureCheck, SshSigner } from "../../adapters/openssh/signatures.ts";
import { SshProxies } from "../../adapters/proxy/exchange.ts";
import { readCertificateAnswer } from "../../core/access/certificates-file.ts";
import { readDirectory } from "../../core/access/directory.ts";
import { splitSigned } from "../../core/keys/signed-text.ts";
import type { ComputerRecord } from "../../core/registry/record.ts";
import { Registry } from "../../core/registry/registry.ts";
import { sync } from "../../flows/sync.ts";
import { type SandboxProxy, startProxy } from "../../sandbox/proxy/proxy.ts";
import { CountingForge } from "../fixtures/counting-forge.ts";
import { accepted, good, madeCertificate, madeRecord, revocation } from "../made/access.ts";
import { buildApply } from "../made/bundled.ts";
import { realmYaml } from "../made/realm-yaml.ts";

let folder = "";
let proxy: SandboxProxy;
let greeter: Server;
let realmText = "";
let hostKey = "";
const keys = new Map<string, string>();
const computers = ["333.hula.atlas", "334.hula.atlas", "controller1.hula.atlas", "boat.tern.atlas"];
let records: ComputerRecord[] = [];
const running = new Set<ChildProcess>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "warren-test-"));
  for (const name of ["host", "sync", "signer", ...computers])
    keys.set(name, await makeKey(join(folder, name)));
  const root = join(folder, "root");
  proxy = await startProxy({
    root,
    hostKey: await readFile(join(folder, "host"), "utf8"),
    syncUser: "warren-sync",
    syncKey: keys.get("sync") ?? "",
    applyCommand: [process.execPath, await buildApply(join(folder, "apply.mjs")), root],
    serve: fileURLToPath(new URL("../../agent/proxy/serve.sh", import.meta.url)),
  });
  hostKey = keys.get("host") ?? "";
  await writeFile(join(folder, "known_hosts"), `[127.0.0.1]:${proxy.port} ${hostKey}\n`);
  realmText = realmOf(proxy.port, hostKey);
  records = computers.map((computer, n) =>
    madeRecord(computer, {
      sshKeys: [accepted(keys.get(computer) ?? "")],
      ...(computer.startsWith("controller") ? {} : { port: computer.includes("tern") ? 62000 : 61333 + n }),
      ...(computer === "333.hula.atlas" ? { certificates: [madeCertificate] } : {}),
    }),
  );
  greeter = createServer((socket) => socket.end("hello from the device\n")).listen(0, "127.0.0.1");
  await once(greeter, "listening");
});

afterEach(async () => {
  for (const child of running) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill();
      await once(child, "exit");
    }
  }
  running.clear();
});

afterAll(async () => {
  await proxy.close();
  greeter.close();
  await rm(folder, { recursive: true });
});

const realmOf = (port: number, pinned: string) =>
  realmYaml({ port, hostKey: pinned, signer: keys.get("signer") ?? "" });

/** One sync of what the records say, by the real ssh. */
const synced = async (sequence: number, held = records, text = realmText, key = "sync") => {
  const forge = new CountingForge(text, Registry.of(sequence, held));
  const proxies = new SshProxies(join(folder, key));
  return (await sync(forge.ports(proxies, new SshSigner(join(folder, "signer"))))).proxies;
};

const sshArgs = (computer: string, ...more: string[]) => [
  ...["-F", "none", "-T", "-i", join(folder, computer), "-p", String(proxy.port)],
  ...["BatchMode=yes", "IdentitiesOnly=yes", "IdentityAgent=none", "StrictHostKeyChecking=yes"].flatMap(
    (o) => ["-o", o],
  ),
  ...["-o", `UserKnownHostsFile=${join(folder, "known_hosts")}`, "-o", "ExitOnForwardFailure=yes"],
  ...more,
];
const accountOf = (computer: string) => `${computer.split(".")[1]}@127.0.0.1`;
const ask = (computer: string, question: string, account = accountOf(computer)) =>
  run("ssh", sshArgs(computer, account, ...(question === "" ? [] : [question])), { timeout: 10_000 });

/** Resolves once the proxy has taken or refused the forward. */
async function tunnel(computer: string, listen: string): Promise<{ child: ChildProcess; up: boolean }> {
  const { port } = greeter.address() as AddressInfo;
  const forward = `${listen}:127.0.0.1:${port}`;
  const child = spawn("ssh", sshArgs(computer, "-v", "-N", "-R", forward, accountOf(computer)), {
    stdio: ["ignore", "ignore", "pipe"],
  });
  running.add(child);
  let log = "";
  for await (const chunk of child.stderr) {
    log += String(chunk);
    if (log.includes("remote forward success")) return { child, up: true };
  }
  return { child, up: false };
}

const reach = (computer: string, target: string) =>
  run("ssh", sshArgs(computer, "-W", target, accountOf(computer)), { timeout: 10_000 });

describe("sync, to a proxy through ssh", () => {
  it("brings everything, then nothing, then only what changed", async () => {
    expect(await synced(1)).toMatchObject([
      {
        proxy: "eu",
        kind: "changed",
        report: { generation: "1", added: { length: 8 }, keysAdded: { length: 4 } },
      },
    ]);
    expect(await synced(1)).toEqual([{ proxy: "eu", kind: "same", drift: { files: [], host: [] } }]);
    expect(await synced(2)).toEqual([{ proxy: "eu", kind: "same", drift: { files: [], host: [] } }]);
  });

  it("says what the proxy refused", async () => {
    const [bare] = await synced(3, records, realmText.replace("realm: atlas", "realm: other"));
    expect(bare).toMatchObject({ kind: "refused", problems: [expect.stringContaining('realm "other"')] });
  });

  it("says which proxy does not answer, or is another one than was pinned", async () => {
    const closed = createServer().listen(0, "127.0.0.1");
    await once(closed, "listening");
    const { port } = closed.address() as AddressInfo;
    closed.close();
    for (const text of [realmOf(port, hostKey), realmOf(proxy.port, keys.get("signer") ?? "")]) {
      const [down] = await synced(3, records, text);
      expect(down).toMatchObject({
        kind: "failed",
        failure: {
          code: "unavailable",
          message: expect.stringMatching(/^proxy eu \(127\.0\.0\.1:\d+\) does not answer: /),
        },
      });
    }
  });

  it("lets no computer's key in, and not the sync key into a system", async () => {
    expect((await synced(3, records, realmText, "333.hula.atlas"))[0]?.kind).toBe("failed");
    expect((await ask("sync", "whoami", "hula@127.0.0.1")).status).toBe(255);
  });
});

describe("the serving program, through ssh", () => {
  it("answers whoami with the system", async () => {
    expect(await ask("333.hula.atlas", "whoami")).toMatchObject({ status: 0, stdout: "hula\n" });
    expect(await ask("boat.tern.atlas", "whoami")).toMatchObject({ status: 0, stdout: "tern\n" });
  });

  it("answers directory with the signed file", async () => {
    const signed = good(splitSigned((await ask("controller1.hula.atlas", "directory")).stdout));
    expect(
      await new SshSignatureCheck().verify(signed.text, signed.signature, [keys.get("signer") ?? ""]),
    ).toBe(true);
    expect(Object.keys(good(readDirectory(signed.text)).devices)).toEqual(["333", "334"]);
  });

  it("answers certificate with the computer's own", async () => {
    const { stdout } = await ask("333.hula.atlas", "certificate");
    expect(good(readCertificateAnswer(stdout))).toEqual([
      { certificate: madeCertificate.certificate, pem: madeCertificate.pem },
    ]);
    expect(await ask("334.hula.atlas", "certificate")).toMatchObject({ status: 1, stdout: "" });
  });

  it.each(["", "sh", "whoami; id", "directory tern", "../../guard", "certificate 333", "scp -f /etc/passwd"])(
    "refuses %j with a sentence",
    async (question) => {
      const { status, stdout, stderr } = await ask("334.hula.atlas", question);
      expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
      expect(stderr).toContain("ask whoami, directory, certificate or release");
    },
  );

  it("is nobody else's: another system's account lets the key not in", async () => {
    expect((await ask("333.hula.atlas", "whoami", "tern@127.0.0.1")).status).toBe(255);
  });
});

describe("tunnels, through ssh", () => {
  it("carry a controller to a device of its system", async () => {
    expect((await tunnel("333.hula.atlas", "127.0.0.1:61333")).up).toBe(true);
    expect(await reach("controller1.hula.atlas", "127.0.0.1:61333")).toMatchObject({
      status: 0,
      stdout: "hello from the device\n",
    });
    expect(await reach("333.hula.atlas", "127.0.0.1:61333")).toMatchObject({
      stdout: "hello from the device\n",
    });
  });

  it("don't open to another device, another system, the proxy itself or a name for it", async () => {
    await tunnel("333.hula.atlas", "127.0.0.1:61333");
    await tunnel("boat.tern.atlas", "127.0.0.1:62000");
    for (const [computer, target] of [
      ["334.hula.atlas", "127.0.0.1:61333"],
      ["controller1.hula.atlas", "127.0.0.1:62000"],
      ["controller1.hula.atlas", `127.0.0.1:${proxy.port}`],
      ["controller1.hula.atlas", "localhost:61333"],
      ["controller1.hula.atlas", "127.0.0.1:61334"],
    ] as const) {
      expect(await reach(computer, target)).toMatchObject({ status: 255, stdout: "" });
    }
  });

  it.each([
    ["334.hula.atlas", "127.0.0.1:61333"],
    ["333.hula.atlas", "0.0.0.0:61333"],
    ["333.hula.atlas", "localhost:61333"],
    ["333.hula.atlas", "127.0.0.1:0"],
    ["controller1.hula.atlas", "127.0.0.1:61333"],
    ["controller1.hula.atlas", "none:1"],
  ])("don't let %s listen on %s", async (computer, listen) => {
    expect((await tunnel(computer, listen)).up).toBe(false);
  });

  it("hold their port until they end", async () => {
    const { child } = await tunnel("333.hula.atlas", "127.0.0.1:61333");
    expect((await tunnel("333.hula.atlas", "127.0.0.1:61333")).up).toBe(false);
    child.kill();
    await once(child, "exit");
    expect((await tunnel("333.hula.atlas", "127.0.0.1:61333")).up).toBe(true);
  });

  it("end, and open nothing, once their key is revoked", async () => {
    const { child, up } = await tunnel("333.hula.atlas", "127.0.0.1:61333");
    expect(up).toBe(true);
    const ended = once(child, "exit");
    const without = records.map((record) =>
      record.id.computer === "333"
        ? { ...record, sequence: 5, sshKeys: [], certificates: [], revoked: revocation }
        : record,
    );
    expect(await synced(5, without)).toMatchObject([
      { kind: "changed", report: { added: [], keysRemoved: { length: 1 } } },
    ]);
    expect((await ended)[0]).toBe(255);
    expect((await ask("333.hula.atlas", "whoami")).status).toBe(255);
    expect((await reach("controller1.hula.atlas", "127.0.0.1:61333")).status).toBe(255);
  });
});
