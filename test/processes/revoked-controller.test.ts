import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { makeKey } from "../../adapters/openssh/keygen.ts";
import { run } from "../../adapters/openssh/run.ts";
import type { Access } from "../../core/access/access.ts";
import type { Directory } from "../../core/access/directory.ts";
import type { ComputerRecord } from "../../core/registry/record.ts";
import { accepted, madeRecord } from "../made/access.ts";
import { CONTROLLER, type ControllerAccount, controllerAccount } from "./controller-account.ts";
import { directoryFiles, hulaDirectory } from "./hula-directory.ts";
import { hasSshd, startRealDevice } from "./real-device.ts";
import { deviceOf, generationOf, type SessionProxy, startSessionProxy, within5s } from "./session-proxy.ts";
import { canHost, freeRange } from "./stock-host.ts";

const DEVICE = "333.hula.atlas";
/** Says so once it runs, and then waits for what never comes. */
const HELD = ["echo open; exec cat"];

(canHost() && hasSshd() ? describe : describe.skip)(
  "a controller that is revoked while it holds a device",
  () => {
    let folder: string;
    let proxy: SessionProxy;
    let device: Awaited<ReturnType<typeof startRealDevice>>;
    let controller: ControllerAccount;
    let config: string;
    let record: ComputerRecord;
    const keys = new Map<string, string>();
    const line = (name: string): string => keys.get(name) ?? "";
    const sockets = () => readdir(join(folder, "config/warren", CONTROLLER, "s"));

    const held = async (): Promise<ChildProcess> => {
      const ssh = spawn("ssh", ["-F", config, DEVICE, ...HELD], { env: controller.env });
      const ended = once(ssh, "exit").then(() => {
        throw new Error("no session");
      });
      ended.catch(() => {});
      await Promise.race([once(ssh.stdout, "data"), ended]);
      return ssh;
    };

    const oneCommand = () =>
      run("ssh", ["-F", config, DEVICE, "echo hello"], { timeout: 20_000, env: controller.env });

    /** The generation with a directory that its controllers believe. */
    const signed = async (access: Access, directory: Directory): Promise<Access> => {
      const files = new Map([...access.files, ...(await directoryFiles(directory, join(folder, "signer")))]);
      return { ...access, files };
    };

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "warren-test-"));
      [proxy, device] = await Promise.all([startSessionProxy(), startRealDevice(join(folder, "333"))]);
      for (const name of ["device", "desk"]) keys.set(name, await proxy.key(name));
      const signer = await makeKey(join(folder, "signer"));
      const port = await freeRange(1);
      const pinned = { host: "127.0.0.1", port: proxy.port, hostKeys: [proxy.hostKey] };
      const directory = hulaDirectory(pinned, {
        login: Object.keys(device.authorizedKeys),
        devices: { 333: { port, hostKeys: [device.hostKey] } },
        controllers: { "controller-a": { keys: [{ key: line("desk") }] } },
      });
      record = deviceOf(DEVICE, port, line("device"));
      const desk = madeRecord(CONTROLLER, { sshKeys: [accepted(line("desk"))] });
      await proxy.inForce(await signed(generationOf(1, [record, desk]), directory));
      for (const path of Object.values(device.authorizedKeys)) await writeFile(path, `${line("desk")}\n`);
      await proxy.tunnel("device", port, device.port);
      const identity = proxy.keyFile("desk");
      controller = await controllerAccount({ folder, identity, proxy: pinned, signers: [signer] });
      config = join(folder, "printed");
      await writeFile(config, (await controller.warren("ssh-config")).stdout);
    }, 60_000);
    afterAll(async () => {
      await proxy?.stop();
      await device?.close();
      await rm(folder, { recursive: true });
    });

    it("loses its shared connection and every session over it within 5 s, and gets no other", async () => {
      const sessions = [await held(), await held()];
      expect(await oneCommand()).toMatchObject({ status: 0, stdout: "hello\n" });
      expect((await sockets()).filter((name) => name.startsWith("333."))).toHaveLength(1);
      const ended = Promise.all(sessions.map((ssh) => once(ssh, "exit")));
      const began = performance.now();
      expect(await proxy.apply(generationOf(2, [record]))).toMatchObject({
        status: 0,
        stdout: expect.stringContaining(`"ended":["${CONTROLLER} hula removed"]`),
      });
      await ended;
      expect(performance.now() - began).toBeLessThan(5_000);
      await within5s(async () => (await sockets()).length === 0);
      expect(await oneCommand()).toMatchObject({ status: 255, stdout: "" });
    }, 30_000);
  },
);
