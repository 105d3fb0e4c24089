import { existsSync, readdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type PinnedProxy, sshToProxy } from "../../core/computer/ssh-config.ts";
import { good, id } from "../made/access.ts";
import { until } from "./fault-controller.ts";
import { DEVICE, TUNNEL_PORT } from "./fault-realm.ts";
import type { Place } from "./place.ts";

/** systemd's RestartSec of the unit. */
const RESTART_S = 5;
const AGENT = resolve("dist/warren-agent.js");
export const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** The device's own SSH server, with the host key in `folder`; resolves once it listens. `name`: of its pid file. */
export async function startDeviceSshd(place: Place, folder: string, name = "sshd"): Promise<void> {
  const file = (its: string) => join(folder, its);
  const settings = [
    "ListenAddress 127.0.0.1",
    `HostKey ${file("host")}`,
    `AuthorizedKeysFile ${file("authorized_keys")}`,
    "AuthenticationMethods publickey",
    "PermitRootLogin prohibit-password",
    "StrictModes no",
    "UsePAM no",
  ];
  await writeFile(file("sshd_config"), `${settings.join("\n")}\n`);
  const pidFile = file(`${name}.pid`);
  place.start(["/usr/sbin/sshd", "-D", "-f", file("sshd_config"), "-o", `PidFile=${pidFile}`]);
  await until(() => existsSync(pidFile), 20);
}

/** The agent under a loop that does as systemd does with Restart=always; `heard` is told what it writes. */
export function superviseAgent(
  place: Place,
  profile: string,
  env: NodeJS.ProcessEnv,
  heard: (text: string) => void,
): void {
  const loop = `while :; do "$@"; sleep ${RESTART_S}; done`;
  const agent = [process.execPath, AGENT, "run", "--profile", profile];
  const child = place.start(["sh", "-c", loop, "supervisor", ...agent], { PATH, ...env });
  child.stdout?.resume();
  child.stderr?.on("data", (chunk: Buffer) => heard(chunk.toString("utf8")));
}

/** The same tunnel as the agent's, by the tool that people use for it. */
export function startAutossh(place: Place, profile: string, proxy: PinnedProxy, home: string): void {
  const files = { identity: join(profile, "identity"), knownHosts: join(profile, "known_hosts") };
  const to = good(sshToProxy(id(DEVICE), proxy, files));
  const forward = ["-N", "-o", "ExitOnForwardFailure=yes", "-R", `127.0.0.1:${TUNNEL_PORT}:127.0.0.1:22`];
  const env = { PATH, HOME: home, AUTOSSH_GATETIME: "0" };
  place.start(["autossh", "-M", "0", ...forward, ...to], env);
}

/** All programs of that computer look at the file for what the time is; timers are left alone. */
export const clockOf = (file: string): NodeJS.ProcessEnv => ({
  LD_PRELOAD: libfaketime(),
  FAKETIME_TIMESTAMP_FILE: file,
  FAKETIME_NO_CACHE: "1",
  FAKETIME_DONT_FAKE_MONOTONIC: "1",
});

/** Debian keeps it in a folder of the machine's architecture. */
function libfaketime(): string {
  const paths = readdirSync("/usr/lib").map((folder) => `/usr/lib/${folder}/faketime/libfaketime.so.1`);
  const path = paths.find((one) => existsSync(one));
  if (path === undefined) throw new Error("libfaketime is not installed");
  return path;
}
