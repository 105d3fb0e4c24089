/** What a host is like before anything is changed; adapters/host reads it, and core computes the steps from it. */
export interface HostFacts {
  /** Those of the paths that Warren writes that exist. */
  readonly files: ReadonlyMap<string, HeldFile>;
  /** Names in /etc/warren. */
  readonly ours: readonly string[];
  /** As `getent` prints them. */
  readonly passwd: string;
  readonly group: string;
  readonly sshd: SshdFacts;
  /** Those of `PROGRAMS` that were found. */
  readonly programs: ReadonlySet<string>;
  readonly systemd: "running" | "installed" | "absent";
  /** The pid of a running sshd that was not started by systemd. */
  readonly sshdPid: number | undefined;
  /** As /proc/sys/net/ipv4 gives them. */
  readonly localPorts: string;
  readonly reservedPorts: string;
  readonly node: NodeFacts;
  /** File names in PAM's folders. */
  readonly pamModules: ReadonlySet<string>;
  /** System → text of its directory in the generation in force. */
  readonly directories: ReadonlyMap<string, string>;
}

export interface HeldFile {
  readonly text: string;
  readonly mode: number;
  /** Owned by root and root's group. */
  readonly roots: boolean;
}

export interface SshdFacts {
  /** `sshd -T`, or why it didn't answer. */
  readonly settings:
    | { readonly ok: true; readonly text: string }
    | { readonly ok: false; readonly says: string };
  /** sshd_config and its drop-ins, in the order in which sshd reads them. */
  readonly config: readonly { readonly path: string; readonly text: string }[];
  /** Public lines of the host's own keys, without comments. */
  readonly hostKeys: readonly string[];
}

export interface NodeFacts {
  readonly path: string;
  /** `20.18.1` */
  readonly version: string;
  /** Node and the folders above it that everyone may write. */
  readonly writable: readonly string[];
  /** Those that others than root own. */
  readonly strangers: readonly string[];
}

/** What prepare needs on a host, with the Debian package that brings it. */
export const PROGRAMS: ReadonlyMap<string, string> = new Map([
  ["sshd", "openssh-server"],
  ["ssh-keygen", "openssh-client"],
  ["sudo", "sudo"],
  ["visudo", "sudo"],
  ["useradd", "passwd"],
  ["getent", "libc-bin"],
  ["pkill", "procps"],
]);
