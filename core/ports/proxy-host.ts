import type { BlockedKey } from "../access/blocked.ts";
import type { Swept } from "../access/sessions.ts";
import type { Parsed } from "../place.ts";
import type { HeldFile, HostFacts, SshdFacts } from "../proxy-host/facts.ts";

/** The sessions that computers hold on this proxy. */
export interface Sessions {
  /** Ends those whose key is not in force any more, or blocked. Never rejects. */
  sweep(): Promise<Swept>;
}

/** The keys that root refused on this proxy. */
export interface BlockList {
  read(): Promise<readonly BlockedKey[]>;
  /** One change at a time; sshd refuses what it names as soon as this resolves. */
  change(work: (keys: readonly BlockedKey[]) => readonly BlockedKey[]): Promise<void>;
}

/** The machine that is a proxy, or is to be one, as its root sees it. */
export interface Host {
  /** Reads; changes nothing. */
  facts(): Promise<HostFacts>;
  read(path: string): Promise<HeldFile | undefined>;
  /** Replaces it in one rename; root's, with the mode that is given. */
  write(file: { readonly path: string; readonly text: string; readonly mode: number }): Promise<void>;
  /** A file, a link or a whole folder; may be repeated. */
  remove(path: string): Promise<void>;
  /** Root's, mode 0755. */
  makeFolder(path: string): Promise<void>;
  /** Any status is a value; `says` is what it wrote to either stream. */
  run(argv: readonly string[]): Promise<{ readonly status: number | null; readonly says: string }>;
  /** What sshd would do with an account that logs in now, as `sshd -T -C` says it. */
  sshdFor(account: string): Promise<SshdFacts["settings"]>;
  /** sshd_config and its drop-ins, in the order in which sshd reads them. */
  sshdConfig(): Promise<SshdFacts["config"]>;
}

/** The accounts of systems on the proxy itself. */
export interface SystemAccounts {
  /** Those of `systems` that have no account yet; a problem where one of the names is somebody else's account. */
  missing(systems: readonly string[]): Promise<Parsed<readonly string[]>>;
  create(system: string): Promise<void>;
}
