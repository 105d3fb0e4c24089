import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { bannerOf } from "../../adapters/openssh/banner.ts";
import { makeKey } from "../../adapters/openssh/keygen.ts";
import type { SandboxDevice } from "../../sandbox/devices/device.ts";
import { freePorts } from "./stock-host.ts";

const SSHD = "/usr/sbin/sshd";
const READY_WITHIN = 10_000;

/** Whether this machine has the OpenSSH server; anybody may run one that lets only themselves in. */
export const hasSshd = (): boolean => existsSync(SSHD);

/** A device whose SSH server is OpenSSH's own, with a configuration of its own; its account is whoever runs the test. */
export async function startRealDevice(folder: string): Promise<SandboxDevice> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // Where root's sshd sheds its privileges; only Debian's service makes it, and it may never have run here.
  if (process.getuid?.() === 0) await mkdir("/run/sshd", { recursive: true, mode: 0o755 });
  const file = (name: string) => join(folder, name);
  const hostKey = await makeKey(file("host"));
  const [port = 0] = await freePorts(1);
  const account = userInfo().username;
  await writeFile(file("authorized"), "");
  const settings = [
    `Port ${port}`,
    "ListenAddress 127.0.0.1",
    `HostKey ${file("host")}`,
    `PidFile ${file("pid")}`,
    `AuthorizedKeysFile ${file("authorized")}`,
    "AuthenticationMethods publickey",
    "PermitRootLogin prohibit-password",
    // What leads to the folder may be anybody's, as /tmp is.
    "StrictModes no",
    "UsePAM no",
    "X11Forwarding yes",
    "PrintMotd no",
    "Subsystem sftp internal-sftp",
    // bash reads ~/.bashrc for each command: whatever whoever runs the test has there is no part of it.
    `SetEnv HOME=${folder}`,
  ];
  await writeFile(file("sshd_config"), `${settings.join("\n")}\n`);
  const sshd = spawn(SSHD, ["-D", "-e", "-f", file("sshd_config")], { stdio: "ignore" });
  const deadline = Date.now() + READY_WITHIN;
  while (!(await bannerOf("127.0.0.1", port, 1_000).catch(() => undefined))) {
    if (Date.now() > deadline || sshd.exitCode !== null) throw new Error("sshd does not come up");
    await pause(20);
  }
  return {
    host: "127.0.0.1",
    port,
    hostKey,
    authorizedKeys: { [account]: file("authorized") },
    close: async () => {
      const ended = once(sshd, "exit");
      sshd.kill();
      await ended;
    },
  };
}
