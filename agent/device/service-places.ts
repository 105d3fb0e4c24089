import { existsSync } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { homedir, userInfo } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import { isMissing } from "../../adapters/files/read.ts";
import { type AgentService, unitName } from "../../core/computer/agent-unit.ts";
import { Failure } from "../../core/failure.ts";
import type { DeviceProfile } from "./device-profile.ts";

/** Where one service manager wants its files, and how it is spoken to. */
export interface ServicePlaces {
  readonly manager: AgentService["manager"];
  /** Of units. */
  readonly folder: string;
  /** Where the agent's one file is copied to, out of reach of whoever it was unpacked by. */
  readonly program: string;
  readonly systemctl: readonly string[];
  readonly isRunning: boolean;
}

const BOOTED = "/run/systemd/system"; // sd_booted(3)

export function placesOf(manager: AgentService["manager"], env = process.env): ServicePlaces {
  if (manager === "system") {
    if (process.getuid?.() !== 0) {
      const hint = "run it with sudo, or with --user for a service of your own";
      throw new Failure("usage", "a service of the system is root's to install", { hint });
    }
    return {
      manager,
      folder: "/etc/systemd/system",
      program: "/usr/local/lib/warren/warren-agent.js",
      systemctl: ["systemctl"],
      isRunning: existsSync(BOOTED),
    };
  }
  const home = env.HOME || homedir();
  const within = (name: string, usual: string): string => {
    const set = env[name] ?? "";
    return isAbsolute(set) ? set : join(home, usual);
  };
  const runtime = env.XDG_RUNTIME_DIR ?? "";
  return {
    manager,
    folder: join(within("XDG_CONFIG_HOME", ".config"), "systemd/user"),
    program: join(within("XDG_DATA_HOME", ".local/share"), "warren/warren-agent.js"),
    systemctl: ["systemctl", "--user"],
    isRunning: existsSync(BOOTED) && runtime !== "" && existsSync(join(runtime, "systemd")),
  };
}

/** What the unit is to say, as this host is. */
export async function serviceOf(
  places: ServicePlaces,
  path: string,
  profile: DeviceProfile,
): Promise<AgentService> {
  const { manager, program } = places;
  const node = await realpath(process.execPath);
  const account = manager === "user" ? userInfo().username : await ownerName(path);
  if (manager === "system" && account === "root") await mustBeRoots(node);
  const files = Object.values(profile.device.authorizedKeys);
  const writes = [...new Set(await Promise.all(files.map(nearestFolder)))];
  return { id: profile.id, node, program, profile: path, manager, account, writes };
}

/** Units of agents that are installed there. */
export async function installedUnits({ folder }: ServicePlaces): Promise<readonly string[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  return names.filter((name) => name.startsWith(unitName("").slice(0, -".service".length)));
}

async function ownerName(path: string): Promise<string> {
  const { uid } = await stat(path);
  if (uid === 0) return "root";
  // systemd takes a number as well as a name.
  return String(uid);
}

/** What root's service runs must be root's to change. */
async function mustBeRoots(path: string): Promise<void> {
  for (let at = path; ; at = dirname(at)) {
    const { uid, mode } = await stat(at);
    if (uid !== 0 || (mode & 0o022 && !(mode & 0o1000))) {
      const hint = "install Node from your distribution, or use --user";
      throw new Failure("refused", `${path} can be changed by others than root, so root must not run it`, {
        hint,
      });
    }
    if (at === "/") return;
  }
}

/** Of a file that is not there yet: the folder above it that is. */
async function nearestFolder(file: string): Promise<string> {
  for (let at = dirname(file); ; at = dirname(at)) {
    if (existsSync(at)) return realpath(at);
  }
}
