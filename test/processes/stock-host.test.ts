import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { makeKey } from "../../adapters/openssh/keygen.ts";
import { type Ended, run } from "../../adapters/openssh/run.ts";
import { canHost, type StockHost, startStockHost } from "./stock-host.ts";

const describeHere = canHost() ? describe : describe.skip;

describeHere("a stock host", () => {
  let host: StockHost;
  let keys: string;

  const ssh = (command: string): Promise<Ended> => {
    const known = `UserKnownHostsFile=${join(keys, "known")}`;
    const options = ["-F", "none", "-i", join(keys, "key"), "-o", known, "-o", "BatchMode=yes"];
    return run("ssh", [...options, "-p", String(host.port), "visitor@127.0.0.1", command], {
      timeout: 10_000,
    });
  };

  beforeAll(async () => {
    keys = await mkdtemp(join(tmpdir(), "warren-test-"));
    const key = await makeKey(join(keys, "key"));
    host = await startStockHost({
      prepare: async (made) => {
        await made.must(["useradd", "--create-home", "--password", "*", "visitor"]);
        await made.put("/home/visitor/.ssh/authorized_keys", `${key}\n`);
      },
    });
    await writeFile(join(keys, "known"), `[127.0.0.1]:${host.port} ${host.hostKey}\n`);
  });
  afterAll(async () => {
    await host.stop();
    await rm(keys, { recursive: true });
  });

  it("lets real keys in, and this machine knows nothing of its accounts", async () => {
    expect(await ssh("id -un")).toEqual({ status: 0, stdout: "visitor\n", stderr: "" });
    expect(await readFile("/etc/passwd", "utf8")).not.toContain("visitor");
  });

  it("takes new settings by a reload, and keeps its port over a restart", async () => {
    await host.put("/etc/ssh/sshd_config.d/50-test.conf", "ForceCommand echo forced\n");
    await host.reload();
    expect(await ssh("id -un")).toMatchObject({ stdout: "forced\n" });
    await host.must(["rm", "/etc/ssh/sshd_config.d/50-test.conf"]);
    await host.restart();
    expect(await ssh("id -un")).toMatchObject({ stdout: "visitor\n" });
  });

  it("takes everything with it that it started", async () => {
    const other = await startStockHost();
    const left = other.start(["sleep", "600"]);
    const ended = new Promise((resolve) => left.once("exit", resolve));
    await other.stop();
    await ended;
    expect(existsSync(other.folder)).toBe(false);
  });
});
