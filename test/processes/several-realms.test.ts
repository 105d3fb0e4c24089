import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { makeKey } from "../../adapters/openssh/keygen.ts";
import { Master } from "../../adapters/openssh/master.ts";
import { run } from "../../adapters/openssh/run.ts";
import { signWithKey } from "../../adapters/openssh/signatures.ts";
import { printAuthorizedKeys } from "../../core/access/authorized-keys.ts";
import { printDirectory } from "../../core/access/directory.ts";
import { type Profile, printProfile } from "../../core/computer/profile.ts";
import { id } from "../made/access.ts";
import { keyOf, sshArgs } from "./clients.ts";
import { CONTROLLER, type ControllerAccount, controllerAccount } from "./controller-account.ts";
import { type OpenBroker, startOpenBroker } from "./open-broker.ts";
import { hasSshd, startRealDevice } from "./real-device.ts";
import { canHost, freePorts, type StockHost } from "./stock-host.ts";
import { startStockProxy } from "./stock-proxy.ts";
import { DEVICE, startWokenRealm, type WokenRealm } from "./woken-realm.ts";

/** One machine is a device of two systems; a third system is another realm's. */
const DEVICES = ["333.hula.atlas", "333.tern.atlas", "444.lynx.orion"] as const;

(canHost() && hasSshd() ? describe : describe.skip)(
  "one account that controls several systems and realms",
  () => {
    let folder: string;
    let proxy: StockHost;
    let device: Awaited<ReturnType<typeof startRealDevice>>;
    let account: ControllerAccount;
    const tunnels: Master[] = [];

    const printed = async (): Promise<string> => {
      const file = join(folder, "printed");
      await writeFile(file, (await account.warren("ssh-config")).stdout);
      return file;
    };

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "warren-test-"));
      const file = (name: string) => join(folder, name);
      device = await startRealDevice(file("device"));
      const [login = ""] = Object.keys(device.authorizedKeys);
      const signer = await makeKey(file("signer"));
      const ports = await freePorts(DEVICES.length);
      const files = new Map<string, string>();
      const controllers: string[] = [];
      for (const [index, name] of DEVICES.entries()) {
        const { system } = id(name);
        const controller = controllerOf(name);
        const keys = { device: await keyOf(folder, name), controller: await keyOf(folder, controller) };
        const port = ports[index] ?? 0;
        const grants = [
          { role: "device", computer: id(name), key: keys.device, port },
          { role: "controller", computer: id(controller), key: keys.controller, opens: [port] },
        ] as const;
        files.set(`authorized_keys/${system}`, printAuthorizedKeys(grants));
        files.set(`directory/${system}.json`, "");
        controllers.push(keys.controller.line);
      }
      await writeFile(device.authorizedKeys[login] ?? "", `${controllers.join("\n")}\n`);
      const served = await startStockProxy({ systems: ["hula", "tern", "lynx"], files });
      proxy = served;
      const pinned = { host: "127.0.0.1", port: proxy.port, hostKeys: [proxy.hostKey] };
      for (const [index, name] of DEVICES.entries()) {
        const { computer, system, realm } = id(name);
        const port = ports[index] ?? 0;
        const controller = controllerOf(name);
        const text = printDirectory({
          format: 1,
          realm,
          system,
          sequence: 1,
          proxy: { name: "eu", ...pinned },
          login: [login],
          legacy: false,
          devices: { [computer]: { port, hostKeys: [device.hostKey] } },
          controllers: {},
        });
        files.set(`directory/${system}.json`, text);
        files.set(
          `directory/${system}.json.sig`,
          await signWithKey(file("signer"), "warren-directory", text),
        );
        account = await controllerAccount({
          folder,
          id: controller,
          identity: file(controller),
          proxy: pinned,
          signers: [signer],
        });
        const forward = ["-R", `127.0.0.1:${port}:127.0.0.1:${device.port}`];
        const tunnel = new Master(file(`t${index}`), [...forward, ...(await sshArgs(folder, name, proxy))]);
        tunnels.push(tunnel);
        await tunnel.ready(10_000);
      }
      await served.switchTo(files);
    }, 60_000);
    afterAll(async () => {
      await Promise.all(tunnels.map((tunnel) => tunnel.end()));
      await proxy.stop();
      await device.close();
      await rm(folder, { recursive: true });
    });

    it("lists the devices of all", async () => {
      const { stdout } = await account.warren("list", "--json");
      expect(
        JSON.parse(stdout)
          .map((one: { computer: string }) => one.computer)
          .sort(),
      ).toEqual(DEVICES);
    });

    it("reaches a device of each by as much of its name as it takes", async () => {
      for (const name of ["444", "333.tern", "333.hula.atlas"])
        expect(await account.warren("connect", name, "--", "echo", "hello")).toMatchObject({
          stdout: "hello\n",
        });
    });

    it("asks which, where one device is in two systems", async () => {
      expect(await account.warren("connect", "333", "--", "true")).toMatchObject({
        status: 2,
        stderr: 'warren: "333" is the name of 2 devices: 333.hula.atlas, 333.tern.atlas\n',
      });
      const tern = controllerOf("333.tern.atlas");
      expect(await account.warren("connect", "--as", tern, "333", "--", "true")).toMatchObject({ status: 0 });
    });

    it("has one file for plain ssh, each system by its own key, port and connections", async () => {
      const config = await printed();
      for (const name of DEVICES)
        expect(await run("ssh", ["-F", config, name, "echo", name], { timeout: 20_000 })).toMatchObject({
          stdout: `${name}\n`,
        });
      const sockets = await Promise.all(
        DEVICES.map(async (name) => {
          const { stdout } = await run("ssh", ["-G", "-F", config, name], { timeout: 20_000 });
          return /^controlpath (.*)$/m.exec(stdout)?.[1];
        }),
      );
      expect(new Set(sockets).size).toBe(3);
    });

    it("keeps every file to itself", async () => {
      for (const name of DEVICES) {
        const profile = join(account.env.XDG_CONFIG_HOME ?? "", "warren", controllerOf(name));
        expect((await stat(profile)).mode & 0o777).toBe(0o700);
        for (const file of ["ssh_config", "known_hosts", "directory.json", "directory.checked", "ssh-hook"])
          expect((await stat(join(profile, file))).mode & 0o777).toBe(0o600);
      }
    });
  },
);

describe("a controller whose realm gains a broker", () => {
  let broker: OpenBroker;
  let woken: WokenRealm;

  beforeAll(async () => {
    broker = await startOpenBroker();
    const { url, ca, client } = broker;
    const computer = (clientId: string) => ({ clientId, ...client });
    woken = await startWokenRealm({
      url,
      ca,
      device: computer("device"),
      controller: computer("controller"),
    });
  });
  afterAll(async () => {
    await woken.close();
    await broker.close();
  });

  it("wakes devices from its next enrolment on, by warren and by a file that is printed again", async () => {
    const path = join(woken.env.XDG_CONFIG_HOME ?? "", "warren", CONTROLLER, "profile.json");
    const after: Profile = JSON.parse(await readFile(path, "utf8"));
    const { broker: _, ...before } = after;
    await writeFile(path, printProfile(before));
    const asleep = await woken.warren("connect", "333", "--", "true");
    expect(asleep.status).toBe(255);
    expect((await woken.warren("ssh-config")).stdout).not.toContain("--wake");

    // What `warren enroll`, run again, leaves behind.
    await writeFile(path, printProfile(after));
    expect(await woken.warren("connect", "333", "--", "echo", "hello")).toMatchObject({ stdout: "hello\n" });
    expect(await woken.warren("disconnect", "333")).toMatchObject({ status: 0 });
    const file = join(woken.realm.folder, "printed");
    await writeFile(file, (await woken.warren("ssh-config")).stdout);
    const ended = await run("ssh", ["-F", file, DEVICE, "echo", "hello"], { timeout: 20_000 });
    expect(ended).toMatchObject({ status: 0, stdout: "hello\n" });
  }, 40_000);
});

const controllerOf = (name: string): string => `controller-a.${name.split(".").slice(1).join(".")}`;
