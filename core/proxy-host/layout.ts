/** Where things stand on a proxy. All of it is root's; nothing but the sync account's way in is secret to anyone. */

/** Group of the systems' accounts. sshd's settings and the session hook hold for it alone. */
export const GROUP = "warren";
export const FOLDER = "/etc/warren";
export const CURRENT = `${FOLDER}/current`;
/** The accounts' shell. */
export const SERVE = `${FOLDER}/serve`;
/** PAM's session hook; `session sweep` ends what is not in force any more. */
export const SESSION = `${FOLDER}/session`;
/** PAM asks it whether a key is a device's, where people need one-time passwords. */
export const DEVICE = `${FOLDER}/device`;
export const PROGRAM = `${FOLDER}/warren-proxy.mjs`;
export const SYNC_KEYS = `${FOLDER}/sync_keys`;
export const BLOCKED = `${FOLDER}/blocked`;
export const BLOCKED_KRL = `${FOLDER}/blocked.krl`;
/** What `prepare` was told, for drift and for `--remove`. */
export const RECORD = `${FOLDER}/host.json`;

export const SSHD_CONFIG = "/etc/ssh/sshd_config";
export const SSHD_FOLDER = "/etc/ssh/sshd_config.d";
export const DROP_IN = `${SSHD_FOLDER}/50-warren.conf`;
export const PAM = "/etc/pam.d/sshd";
export const SUDOERS = "/etc/sudoers.d/warren";
/** Where visudo looks at it first. */
export const SUDOERS_DRAFT = `${FOLDER}/.sudoers`;
export const SERVICES = "/etc/services";
export const UNIT = "warren-sessions";
export const UNIT_SERVICE = `/etc/systemd/system/${UNIT}.service`;
export const UNIT_TIMER = `/etc/systemd/system/${UNIT}.timer`;
/** The link that says that the timer is enabled. */
export const TIMER_ENABLED = `/etc/systemd/system/timers.target.wants/${UNIT}.timer`;
/** More of the unit that starts sshd, also where ssh.socket starts that unit. */
export const SSHD_UNIT_FOLDER = "/etc/systemd/system/ssh.service.d";
export const SSHD_UNIT = `${SSHD_UNIT_FOLDER}/50-warren.conf`;
export const RUN_FOLDER = "/run/warren";

/** What Warren itself puts into its folder, besides hidden files; `--remove` takes away these and nothing else. */
const OWN_NAMES: ReadonlySet<string> = new Set([
  "blocked",
  "blocked.krl",
  "current",
  "current.next",
  "device",
  "forces.json",
  "generations",
  "guard",
  "host.json",
  "removals.json",
  "serve",
  "session",
  "sync_keys",
  "warren-proxy.mjs",
]);

export const isOwn = (name: string): boolean => name.startsWith(".") || OWN_NAMES.has(name);
