import { constants } from "node:fs";
import { access, lstat, readdir, readFile, realpath, stat } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import type { HeldFile, HostFacts, NodeFacts } from "../../core/proxy-host/facts.ts";
import { PROGRAMS } from "../../core/proxy-host/facts.ts";
import * as at from "../../core/proxy-host/layout.ts";
import { readEffective } from "../../core/proxy-host/sshd.ts";
import { isMissing, readIfThere } from "../files/read.ts";
import { run } from "../openssh/run.ts";
import { sshdConfig, sshdSays } from "./sshd.ts";

/** Files that `prepare` writes, or must not lose. */
const WATCHED = [
  at.SERVE,
  at.SESSION,
  at.DEVICE,
  at.PROGRAM,
  at.SYNC_KEYS,
  at.BLOCKED,
  at.BLOCKED_KRL,
  at.RECORD,
  at.DROP_IN,
  at.PAM,
  at.SUDOERS,
  at.SERVICES,
  at.UNIT_SERVICE,
  at.UNIT_TIMER,
  at.TIMER_ENABLED,
  at.SSHD_UNIT,
];

/** All that `core/proxy-host` needs to know of this machine. */
export async function readFacts(): Promise<HostFacts> {
  const [files, accounts, settings, config, programs, node] = await Promise.all([
    filesAt(WATCHED),
    readAccountTexts(),
    sshdSays([]),
    sshdConfig(),
    findPrograms(),
    nodeFacts(),
  ]);
  return {
    files,
    ours: await namesIn(at.FOLDER),
    ...accounts,
    sshd: { settings, config, hostKeys: settings.ok ? await hostKeys(settings.text) : [] },
    programs,
    systemd: await systemdState(),
    sshdPid: await runningSshd(),
    localPorts: (await readIfThere("/proc/sys/net/ipv4/ip_local_port_range")) ?? "",
    reservedPorts: (await readIfThere("/proc/sys/net/ipv4/ip_local_reserved_ports")) ?? "",
    node,
    pamModules: await pamModules(),
    directories: await directories(),
  };
}

export async function filesAt(paths: readonly string[]): Promise<ReadonlyMap<string, HeldFile>> {
  const held = await Promise.all(paths.map(async (path) => [path, await heldFile(path)] as const));
  return new Map(held.flatMap(([path, file]) => (file === undefined ? [] : [[path, file] as const])));
}

export async function heldFile(path: string): Promise<HeldFile | undefined> {
  try {
    const { mode, uid, gid } = await stat(path);
    return { text: await readFile(path, "utf8"), mode: mode & 0o7777, roots: uid === 0 && gid === 0 };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** From wherever the host has its accounts: its files, LDAP, systemd. */
export async function readAccountTexts(): Promise<Pick<HostFacts, "passwd" | "group">> {
  const getent = async (database: string) =>
    (await run("getent", [database], { timeout: 10_000 }).catch(() => undefined))?.stdout ?? "";
  const [passwd, group] = await Promise.all([getent("passwd"), getent("group")]);
  return { passwd, group };
}

async function findPrograms(): Promise<ReadonlySet<string>> {
  const folders = ["/usr/sbin", "/usr/bin", "/sbin", "/bin", ...(process.env.PATH ?? "").split(delimiter)];
  const found = new Set<string>();
  for (const program of PROGRAMS.keys()) {
    for (const folder of folders) {
      if (await isThere(join(folder, program), constants.X_OK)) found.add(program);
    }
  }
  return found;
}

const isThere = (path: string, mode = constants.F_OK): Promise<boolean> =>
  access(path, mode).then(
    () => true,
    () => false,
  );

/** Node, where it really lies, and each folder above: who may write one of them writes what root runs. */
async function nodeFacts(): Promise<NodeFacts> {
  const writable: string[] = [];
  const strangers: string[] = [];
  const paths = new Set<string>();
  for (const start of [process.execPath, await realpath(process.execPath)]) {
    for (let path = start; ; path = dirname(path)) {
      paths.add(path);
      if (path === "/") break;
    }
  }
  for (const path of paths) {
    const { mode, uid } = await lstat(path);
    const link = (mode & constants.S_IFMT) === constants.S_IFLNK;
    if (!link && (mode & 0o002) !== 0) writable.push(path);
    if (uid !== 0) strangers.push(path);
  }
  return { path: process.execPath, version: process.versions.node, writable, strangers };
}

const namesIn = (folder: string): Promise<readonly string[]> =>
  readdir(folder).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });

async function hostKeys(settings: string): Promise<readonly string[]> {
  const texts = await Promise.all(
    (readEffective(settings).get("hostkey") ?? []).map((path) => readIfThere(`${path}.pub`)),
  );
  return texts.flatMap((text) =>
    text === undefined ? [] : [text.trim().split(/\s+/).slice(0, 2).join(" ")],
  );
}

async function systemdState(): Promise<HostFacts["systemd"]> {
  // sd_booted(3)
  if (await isThere("/run/systemd/system")) return "running";
  return (await isThere("/usr/bin/systemctl")) || (await isThere("/bin/systemctl")) ? "installed" : "absent";
}

async function runningSshd(): Promise<number | undefined> {
  const pid = Number((await readIfThere("/run/sshd.pid")) ?? Number.NaN);
  if (!Number.isInteger(pid) || pid < 2) return undefined;
  const name = await readIfThere(`/proc/${pid}/comm`).catch(() => undefined);
  return name?.trim() === "sshd" ? pid : undefined;
}

/** Where Debian and Ubuntu have them: a folder for each architecture. */
async function pamModules(): Promise<ReadonlySet<string>> {
  const roots = await Promise.all(
    ["/usr/lib", "/lib"].map(async (root) => (await namesIn(root)).map((name) => `${root}/${name}/security`)),
  );
  const folders = [...roots.flat(), "/usr/lib/security", "/lib/security"];
  const names = await Promise.all(folders.map((folder) => readdir(folder).catch(() => [])));
  return new Set(names.flat());
}

async function directories(): Promise<ReadonlyMap<string, string>> {
  const folder = `${at.CURRENT}/directory`;
  const names = (await namesIn(folder)).filter((name) => name.endsWith(".json"));
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
  return new Map(names.map((name, index) => [name.slice(0, -".json".length), texts[index] ?? ""]));
}
