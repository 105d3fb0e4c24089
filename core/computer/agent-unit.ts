/** What systemd is to keep running: one agent, of one profile. */
export interface AgentService {
  /** `<computer>.<system>.<realm>` */
  readonly id: string;
  /** The Node that runs it, the agent's one file, and its profile's folder; absolute paths. */
  readonly node: string;
  readonly program: string;
  readonly profile: string;
  /** `user`: the account's own service manager. */
  readonly manager: "system" | "user";
  /** Whose profile it is, for the system's manager; root's agent alone may keep the keys of other accounts. */
  readonly account: string;
  /** Folders that it writes to, beside that of its profile. */
  readonly writes: readonly string[];
}

export const unitName = (id: string): string => `warren-agent-${id}.service`;

type Settings = readonly (readonly [name: string, value: string])[];

/** Of any manager: system call filters need no rights. */
const TIGHT: Settings = [
  ["UMask", "0077"],
  ["NoNewPrivileges", "yes"],
  ["LockPersonality", "yes"],
  ["RestrictRealtime", "yes"],
  ["RestrictSUIDSGID", "yes"],
  ["RestrictNamespaces", "yes"],
  ["RestrictAddressFamilies", "AF_UNIX AF_INET AF_INET6 AF_NETLINK"],
  ["SystemCallArchitectures", "native"],
  ["SystemCallFilter", "@system-service"],
  ["SystemCallErrorNumber", "EPERM"],
];

/** Of the system's manager alone: without privileges none of these can be had everywhere. */
const TIGHTER: Settings = [
  ["ProtectSystem", "strict"],
  ["PrivateTmp", "yes"],
  ["PrivateDevices", "yes"],
  ["ProtectClock", "yes"],
  ["ProtectControlGroups", "yes"],
  ["ProtectHostname", "yes"],
  ["ProtectKernelLogs", "yes"],
  ["ProtectKernelModules", "yes"],
  ["ProtectKernelTunables", "yes"],
  ["ProtectProc", "invisible"],
];

/** The text of the unit: the agent is started anew whatever ends it, and can write nothing but what it must. */
export function agentUnit(service: AgentService): string {
  const { id, node, program, profile, manager, account, writes } = service;
  const isSystem = manager === "system";
  const isRoot = account === "root";
  const settings: Settings = [
    ["Type", "exec"],
    ["ExecStart", [node, program, "run", "--profile", profile].map(argument).join(" ")],
    ["Restart", "always"],
    ["RestartSec", "5"],
    // Its ssh ends with it; what is left after that is killed.
    ["KillMode", "mixed"],
    ["TimeoutStopSec", "15"],
    ...(isSystem && !isRoot ? [["User", account] as const] : []),
    ...TIGHT,
    ...(isSystem ? TIGHTER : []),
    // As root it becomes the account whose authorized_keys it writes, and may do nothing else.
    ...(isSystem ? [["CapabilityBoundingSet", isRoot ? "CAP_SETUID CAP_SETGID CAP_KILL" : ""] as const] : []),
    ...(isSystem ? [["ReadWritePaths", [profile, ...writes].map(optional).join(" ")] as const] : []),
  ];
  return [
    "# Written by `warren-agent install`, which writes it anew; `systemctl edit` keeps changes apart.",
    "[Unit]",
    `Description=Warren agent of ${id}`,
    ...(isSystem ? ["Wants=network-online.target", "After=network-online.target"] : []),
    // However often it fails, it is started again: nobody may be near the device.
    "StartLimitIntervalSec=0",
    "",
    "[Service]",
    ...settings.map(([name, value]) => `${name}=${value}`),
    "",
    "[Install]",
    `WantedBy=${isSystem ? "multi-user.target" : "default.target"}`,
    "",
  ].join("\n");
}

/** A path among systemd's words (systemd.syntax(7)): quoted, and `%` stands for itself. */
function word(path: string): string {
  const plain = path.replace(/%/g, "%%");
  return /^[A-Za-z0-9_@%$./:+,-]+$/.test(plain) ? plain : `"${plain.replace(/["\\]/g, "\\$&")}"`;
}

/** Of a command line, where `$` would begin a variable. */
const argument = (path: string): string => word(path).replace(/\$/g, "$$$$");

/** A folder that may be gone one day: a unit whose folders are missing would not start at all. */
const optional = (path: string): string => `-${word(path)}`;
