import { BLOCKED_KRL, CURRENT, DROP_IN, GROUP, PROGRAM, SESSION, SYNC_KEYS } from "./layout.ts";
import type { Settings } from "./steps.ts";

export interface SshdWish {
  readonly syncUser: string;
  /** Absolute path. */
  readonly node: string;
  /** What `penaltiesOf` this sshd says. */
  readonly penalties: readonly string[];
  /** A key alone doesn't let people in. */
  readonly oneTimePasswords?: boolean;
}

/** The command that the sync account may run as root: exactly this, here and in sudoers. */
export const applyCommand = (node: string): string => `${node} ${PROGRAM} apply`;

/**
 * sshd understands the options of every line above the one it looks for, and a controller's may hold 4,096: each such
 * line would cost all logins 50 to 100 ms. grep hands it the one line of the key that was offered. No shell is run;
 * `%t` and `%k` are the key's type and base64, and whatever grep finds, sshd compares the key itself.
 */
const FIND_KEY = `/usr/bin/grep -ahF -m 1 -e " %t %k" ${CURRENT}/authorized_keys/%u`;

/**
 * A pattern of a name that nobody sends: sshd has no word for none. Where the host takes any (`AcceptEnv *`), what a
 * computer sends as LD_… or BASH_FUNC_… would act in its account's shell, before its first line.
 */
const NO_ENVIRONMENT = "WARREN_TAKES_NONE";

/**
 * sshd asks whether its client lives only after so many seconds in which nothing at all happened (serverloop.c), and
 * each controller in a dead tunnel sends something every 10 s until it gives up after 40: the interval must be well
 * below 10. Debian 12's sshd skips every second question of a quiet tunnel (`>` where newer ones have `>=`): it ends a
 * dead session after 36 s at most, a newer one after 20. Where many controllers leave it no 4 s of quiet, the sweep
 * does. A newer one takes 12 s at least: an outage of 5 s may need 11, for TCP repeats what was lost that late.
 */
const ALIVE: Settings = [
  ["ClientAliveInterval", "4"],
  ["ClientAliveCountMax", "3"],
];

/** What sshd must do with the systems' accounts. Every line shuts a way; docs/proxy.md says which. */
export const groupSettings = ({ oneTimePasswords = false }: Pick<SshdWish, "oneTimePasswords">): Settings => [
  ["AuthorizedKeysFile", "none"],
  ["AuthorizedKeysCommand", FIND_KEY],
  ["AuthorizedKeysCommandUser", "nobody"],
  ["TrustedUserCAKeys", "none"],
  ["RevokedKeys", BLOCKED_KRL],
  ["PubkeyAuthentication", "yes"],
  ["AuthenticationMethods", oneTimePasswords ? "publickey,keyboard-interactive" : "publickey"],
  ...(oneTimePasswords ? [["KbdInteractiveAuthentication", "yes"] as const] : []),
  ["AcceptEnv", NO_ENVIRONMENT],
  ["ForceCommand", "none"],
  ["ChrootDirectory", "none"],
  ["DisableForwarding", "no"],
  ["AllowTcpForwarding", "yes"],
  ["AllowStreamLocalForwarding", "no"],
  ["GatewayPorts", "clientspecified"],
  ["PermitListen", "127.0.0.1:* localhost:*"],
  ["PermitOpen", "127.0.0.1:* localhost:*"],
  ["PermitTTY", "no"],
  ["PermitTunnel", "no"],
  ["PermitUserRC", "no"],
  ["AllowAgentForwarding", "no"],
  ["X11Forwarding", "no"],
  ...ALIVE,
];

/** The sync account takes a bundle on stdin and nothing else. */
export const syncSettings = ({ node }: SshdWish): Settings => [
  ["AuthorizedKeysFile", SYNC_KEYS],
  ["AuthorizedKeysCommand", "none"],
  ["TrustedUserCAKeys", "none"],
  ["RevokedKeys", BLOCKED_KRL],
  ["PubkeyAuthentication", "yes"],
  ["AuthenticationMethods", "publickey"],
  ["AcceptEnv", NO_ENVIRONMENT],
  ["ForceCommand", `sudo -n ${applyCommand(node)}`],
  ["ChrootDirectory", "none"],
  // Before OpenSSH 10.0 the first leaves agent and X11 forwarding on (CVE-2025-32728).
  ["DisableForwarding", "yes"],
  ["AllowAgentForwarding", "no"],
  ["X11Forwarding", "no"],
  ["PermitTTY", "no"],
  ["PermitTunnel", "no"],
  ["PermitUserRC", "no"],
  ["ClientAliveInterval", "10"],
  ["ClientAliveCountMax", "3"],
];

/** A fleet reconnects at once after a reboot of the proxy; the default refuses more than half of it. */
const STARTUPS = "300:30:600";

/** The text of sshd_config.d's file. */
export function dropIn(wish: SshdWish): string {
  const penalties = [
    "# Many computers share one address behind NAT: those that fail must not shut the others out.",
    `PerSourcePenalties ${wish.penalties.map((name) => `${name}:0`).join(" ")}`,
  ];
  const block = (match: string, settings: Settings) => [
    "",
    `Match ${match}`,
    ...settings.map(([keyword, value]) => `  ${keyword} ${value}`),
  ];
  return [
    "# Written by `warren proxy prepare`, which writes it anew: change nothing here.",
    `# Keys come from ${CURRENT}, blocked ones from ${BLOCKED_KRL}; ${SESSION} is PAM's hook.`,
    "",
    "# A whole fleet reconnects at once after a restart.",
    `MaxStartups ${STARTUPS}`,
    ...(wish.penalties.length > 0 ? penalties : []),
    ...block(`Group ${GROUP}`, groupSettings(wish)),
    ...block(`User ${wish.syncUser}`, syncSettings(wish)),
    "",
    "Match all",
    "",
  ].join("\n");
}

/** `sshd -T` taken apart: keyword in lower case → its values; a keyword may stand in several lines. */
export function readEffective(text: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const line of text.split("\n")) {
    const blank = line.indexOf(" ");
    if (blank < 0) continue;
    const keyword = line.slice(0, blank).toLowerCase();
    found.set(keyword, [...(found.get(keyword) ?? []), line.slice(blank + 1).trim()]);
  }
  return found;
}

/** No failures of a client's, or none that a computer of ours has: an exploit crashes sshd often before it gets in. */
const KEPT_PENALTIES: ReadonlySet<string> = new Set(["crash", "min", "max"]);

/**
 * What sshd holds against a whole address (OpenSSH 9.8 and later), as `sshd -T` names it; each version adds some. There are
 * no small enough figures: any address with more than one failure a second would be shut out in the end.
 */
export const penaltiesOf = (effective: ReadonlyMap<string, readonly string[]>): readonly string[] =>
  penaltySeconds(effective).map(([name]) => name);

/** The same, each with how long an address is shut out for it; 0: not at all. */
export const penaltySeconds = (
  effective: ReadonlyMap<string, readonly string[]>,
): readonly (readonly [name: string, seconds: number])[] =>
  (effective.get("persourcepenalties") ?? [])
    .flatMap((value) => value.split(" "))
    .flatMap((word) => {
      const [, name = "", seconds] = /^([a-z-]+):(\d+)$/.exec(word) ?? [];
      return seconds === undefined || KEPT_PENALTIES.has(name) ? [] : [[name, Number(seconds)] as const];
    });

interface ConfigFile {
  readonly path: string;
  readonly text: string;
}

/** What sshd does otherwise with an account, and which file may say so; `config` in the order sshd reads it. */
export function differences(
  account: string,
  wanted: Settings,
  effective: ReadonlyMap<string, readonly string[]>,
  config: readonly ConfigFile[],
): readonly string[] {
  return wanted.flatMap(([keyword, value]) => {
    const is = effective.get(keyword.toLowerCase())?.join(" ") ?? "";
    if (is === value) return [];
    const places = placesOf(keyword, config);
    const where = places.length === 0 ? "no other file sets it" : `see ${places.join(", ")}`;
    return [
      `sshd's ${keyword} for ${account} is ${JSON.stringify(is)}; ${JSON.stringify(value)} is wanted; ${where}`,
    ];
  });
}

/** `PATH:LINE` of each line outside our own file that sets the keyword. */
export const placesOf = (keyword: string, config: readonly ConfigFile[]): readonly string[] =>
  config
    .filter(({ path }) => path !== DROP_IN)
    .flatMap(({ path, text }) =>
      text
        .split("\n")
        .flatMap((line, index) =>
          keywordOf(line) === keyword.toLowerCase() ? [`${path}:${index + 1}`] : [],
        ),
    );

/** Whether sshd_config reads the drop-ins for every connection: above its first Match. */
export function includesDropIns(config: string): boolean {
  for (const line of config.split("\n")) {
    if (keywordOf(line) === "match") return false;
    if (
      keywordOf(line) === "include" &&
      /(^|[\s"=])(\/etc\/ssh\/)?sshd_config\.d\/\*(\.conf)?"?(\s|$)/.test(line)
    )
      return true;
  }
  return false;
}

const keywordOf = (line: string): string => /^\s*([A-Za-z0-9]+)[\s=]/.exec(line)?.[1]?.toLowerCase() ?? "";
