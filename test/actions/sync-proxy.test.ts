import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { GitHubRegistryStore } from "../../adapters/github/registry-store.ts";
import { makeKey } from "../../adapters/openssh/keygen.ts";
import { type SandboxProxy, startProxy } from "../../sandbox/proxy/proxy.ts";
import { runAction, type WorkflowRun } from "../../sandbox/runner.ts";
import { startWildlife, type Wildlife, wildlife } from "../adapters/github/wildlife.ts";
import { accepted, madeKey, madeRecord } from "../made/access.ts";
import { buildAlone, buildApply } from "../made/bundled.ts";
import { realmYaml } from "../made/realm-yaml.ts";

let folder = "";
let main = "";
let proxy: SandboxProxy;
let world: Wildlife;
let inputs: Record<string, string> = {};
const file = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "warren-test-"));
  const [hostKey, syncKey, signer] = [
    await makeKey(file("host")),
    await makeKey(file("sync")),
    await makeKey(file("signer")),
  ];
  main = await buildAlone("actions/sync-proxy/main.ts", file("action.mjs"));
  proxy = await startProxy({
    root: file("root"),
    hostKey: await readFile(file("host"), "utf8"),
    syncUser: "warren-sync",
    syncKey,
    applyCommand: [process.execPath, await buildApply(file("apply.mjs")), file("root")],
    serve: fileURLToPath(new URL("../../agent/proxy/serve.sh", import.meta.url)),
  });
  world = await startWildlife({ files: { "realm.yaml": realmYaml({ port: proxy.port, hostKey, signer }) } });
  inputs = {
    // A secret that was pasted without its last line break.
    "sync-key": (await readFile(file("sync"), "utf8")).trimEnd(),
    "signing-key": await readFile(file("signer"), "utf8"),
  };
  await mkdir(file("bin"));
  const counted = `#!/bin/sh\necho >> ${file("connections")}\nexec ssh.real "$@"\n`.replace(
    "ssh.real",
    await which("ssh"),
  );
  await writeFile(file("bin/ssh"), counted);
  await chmod(file("bin/ssh"), 0o755);
  const registry = new GitHubRegistryStore(world.bot, wildlife, { missing: "create" });
  const records = [madeRecord("333.hula.atlas", { port: 61333, sshKeys: [accepted(madeKey("333"))] })];
  await registry.commit(await registry.snapshot(), { records, message: "admit 333.hula.atlas" });
});

afterAll(async () => {
  await proxy.close();
  await world.close();
  await rm(folder, { recursive: true });
});

const which = async (program: string): Promise<string> => {
  for (const dir of (process.env.PATH ?? "").split(":"))
    if (existsSync(join(dir, program))) return join(dir, program);
  throw new Error(`no ${program}`);
};

const action = (change: Record<string, string> = {}, forge = world.url): Promise<WorkflowRun> =>
  runAction("push", {
    main,
    repository: "wildlife/atlas",
    forge,
    token: "sandbox-alice",
    inputs: { ...inputs, ...change },
    dir: folder,
    env: { PATH: `${file("bin")}:${process.env.PATH}` },
  });

describe("the action sync-proxy", () => {
  it("brings a proxy what Git says, and says so", async () => {
    const run = await action();
    expect(run).toMatchObject({ ok: true, outputs: { changed: "true" } });
    const { fingerprint } = accepted(madeKey("333"));
    expect(JSON.parse(run.outputs.report ?? "")).toEqual([
      {
        proxy: "eu",
        kind: "changed",
        generation: "1",
        sequence: 1,
        keys: [
          {
            kind: "gained",
            fingerprint,
            computer: "333.hula.atlas",
            why: "issue 1, systems.hula.trust[0]",
          },
        ],
      },
    ]);
    expect(run.summary).toContain("1 key gained");
    expect(await readdir(file("root/etc/warren/current/authorized_keys"))).toEqual(["hula", "tern"]);
    const manifest = JSON.parse(await readFile(file("root/etc/warren/current/manifest.json"), "utf8"));
    expect(manifest).toMatchObject({ realmCommit: expect.any(String), registryCommit: expect.any(String) });
  });

  it("changes nothing the second time, by one request to the forge and one ssh connection", async () => {
    world.requests.length = 0;
    await writeFile(file("connections"), "");
    expect(await action()).toMatchObject({ ok: true, outputs: { changed: "false", drift: "false" } });
    expect(world.requests).toEqual(["POST /graphql"]);
    expect(await readFile(file("connections"), "utf8")).toBe("\n");
  });

  it("mends what somebody changed on the proxy, and keeps one issue about it until it is gone", async () => {
    const issues = () => world.forge.repository().issues.list(world.forge.person("alice"));
    const drifted = () => issues().filter(({ title }) => title === "warren: drift");
    const keys = file("root/etc/warren/current/authorized_keys/tern");
    const told = { "drift-issue": "true" };
    for (const name of ["one", "two"]) {
      await writeFile(keys, `command="/bin/sh # @everyone #1 </code>" ${madeKey(name)} x\n`);
      const run = await action(told);
      expect(run).toMatchObject({ ok: true, outputs: { changed: "true", drift: "true" } });
      expect(run.log).toContain(
        `mended: authorized_keys/tern line 1 is unknown: ${accepted(madeKey(name)).fingerprint}`,
      );
      expect(await readFile(keys, "utf8")).toBe("");
      expect(drifted()).toHaveLength(1);
      expect(drifted()[0]).toMatchObject({ state: "open", labels: [{ name: "warren: drift" }] });
      expect(drifted()[0]?.text.body).toContain(accepted(madeKey(name)).fingerprint);
      expect(drifted()[0]?.text.body).not.toContain("@everyone");
    }
    world.requests.length = 0;
    expect(await action(told)).toMatchObject({ ok: true, outputs: { drift: "false" } });
    expect(drifted()).toMatchObject([{ state: "closed" }]);
    expect(world.requests).toEqual(["POST /graphql", expect.stringMatching(/^PATCH .*\/issues\/\d+$/)]);
  });

  it("takes no stranger's issue for its own, whatever it looks like", async () => {
    const mallory = world.forge.person("mallory");
    const body = "x\n\n<!-- warren:drift -->";
    const { issues, labels } = world.forge.repository();
    const issue = issues.open(mallory, { title: "warren: drift", body });
    labels.add(world.forge.person("alice"), issue, ["warren: drift"]);
    expect(await action({ "drift-issue": "true" })).toMatchObject({ ok: true });
    expect(issue.state).toBe("open");
  });

  it("fails, and names who does not answer", async () => {
    const closed = createServer();
    const port = await new Promise<number>((resolve) => {
      closed.listen(0, "127.0.0.1", () => {
        const address = closed.address();
        closed.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
      });
    });
    const run = await action({}, `http://127.0.0.1:${port}`);
    expect(run.ok).toBe(false);
    expect(run.log).toMatch(/^::error::forge /m);
  });

  it("fails where a key is missing, or is one that the proxy doesn't know, and shows no key", async () => {
    for (const change of [{ "sync-key": "" }, { "sync-key": inputs["signing-key"] ?? "" }]) {
      const run = await action(change);
      expect(run.ok).toBe(false);
      expect(run.log).toMatch(
        /^::error::(input "sync-key" is empty|proxy eu \(127\.0\.0\.1:\d+\) does not answer)/m,
      );
      expect(`${run.log}${run.summary}`).not.toContain("PRIVATE KEY");
    }
  });
});
