import type { BlockedKey } from "./access/blocked.ts";
import type { Bundle, Outcome } from "./access/bundle.ts";
import type { Forced } from "./access/forced.ts";
import type { Held } from "./access/held.ts";
import type { Swept } from "./access/sessions.ts";
import type { Report } from "./check/report.ts";
import type { PinnedProxy } from "./computer/ssh-config.ts";
import type { Blocklist } from "./keys/blocklist.ts";
import type { CertificateRequest } from "./keys/csr.ts";
import type { SignedText } from "./keys/signed-text.ts";
import type { Role } from "./names.ts";
import type { Parsed } from "./place.ts";
import type { HeldFile, HostFacts, SshdFacts } from "./proxy-host/facts.ts";
import type { ProxyHost, Team } from "./realm/realm.ts";
import type { CommitId, ComputerRecord } from "./registry/record.ts";
import type { Registry } from "./registry/registry.ts";
import type { SystemEntries } from "./registry/system-entry.ts";
import type { Account, Issue } from "./submission/issue.ts";
import type { Instant } from "./time.ts";

/** What flows need from outside, named by role. Adapters fill them in; adapters/wire.ts puts them together. */

export interface Clock {
  now(): Instant;
}

// ── GitHub ───────────────────────────────────────────────────────────────────────────────────────────────

/** The repository's issues. */
export interface Inbox {
  /** Everything about one issue, read anew; undefined if there is none of that number. */
  read(issue: number): Promise<Issue | undefined>;
  /** The issues updated at or after `since`, open and closed, oldest update first; a request for a hundred. */
  updatedSince(since: Instant | undefined): AsyncIterable<ListedIssue>;
  /** Numbers of an account's open submissions, the oldest first; it need not know more than a hundred. */
  openOf(author: Account): Promise<readonly number[]>;
  /** May be repeated: one comment edited in place, one state label, open or closed. */
  answer(issue: number, answer: Answer, upon?: Upon): Promise<void>;
}

/** What an answer rests on, so that a later listing can tell that nothing changed since. */
export interface Upon {
  /** As `read` gave it. */
  readonly issue: Issue;
  readonly basis: string;
}

export interface ListedIssue {
  /** Without its comments, and as if no app had made it. */
  readonly issue: Issue;
  /** Whether our answer still stands that was given upon this very content and `basis`. */
  answeredOn(basis: string): boolean;
}

export interface Answer {
  /** Markdown; everything that a stranger wrote is escaped already. */
  readonly body: string;
  readonly label: StateLabel;
  readonly state: "open" | "completed" | "not_planned";
}

export type StateLabel =
  | "warren: granted"
  | "warren: waiting"
  | "warren: refused"
  | "warren: revoked"
  | "warren: later";

/** Issues that a change of the rules may turn. */
export interface Undecided {
  /** Open ones and refused ones, each the latest first, without their comments, as if no app had made them. */
  undecided(): AsyncIterable<Issue>;
}

/** Pull requests into the default branch, read as data: nothing of them is ever run. */
export interface PullRequests {
  /** Undefined: none of that number, closed, or not into the default branch. */
  read(number: number): Promise<PullRequest | undefined>;
  /** Numbers of the open ones whose realm.yaml is another than the default branch's, the latest first; some hundreds at most. */
  touching(): Promise<readonly number[]>;
}

export interface PullRequest {
  readonly number: number;
  readonly repositoryId: number;
  readonly head: RealmVersion;
  /** Where it left the default branch. */
  readonly start: RealmVersion;
  /** The default branch now. */
  readonly base: RealmVersion;
}

/** realm.yaml at one commit. */
export interface RealmVersion {
  readonly commit: CommitId;
  /** Where a person can read it at that commit; `#L12` may follow. */
  readonly link: string;
  readonly content:
    | { readonly kind: "text"; readonly text: string }
    | { readonly kind: "missing" }
    /** Not read: too long, or no text. */
    | { readonly kind: "unusable"; readonly why: string };
}

/** Where a pull request says what it would do. */
export interface Checks {
  /** May be repeated: one check run on the head, one comment edited in place. */
  show(pull: Pick<PullRequest, "number" | "head">, report: Report): Promise<void>;
  /** The same, where something was said of the pull request before; else a check run alone if one is required, or nothing. */
  update(pull: Pick<PullRequest, "number" | "head">, report: Report): Promise<void>;
}

/** Who belongs to which team, by account id. Throws `Unavailable` where that can't be told. */
export interface People {
  isMember(team: Team, account: Account): Promise<boolean>;
  /** Ids of all who belong to it now; who was only invited does not. */
  members(team: Team): Promise<ReadonlySet<number>>;
}

export interface RealmFile {
  readonly text: string;
  /** The commit it was read at. */
  readonly commit: CommitId;
  readonly repositoryId: number;
  /** Where a person can read it at that commit; `#L12` may follow. */
  readonly link: string;
}

/** realm.yaml on the default branch. */
export interface RealmSource {
  head(): Promise<RealmFile>;
  at(commit: CommitId): Promise<RealmFile>;
  /** The list that `keys.blocklist` names, as it stands at that commit; why it can't be read, where it can't. */
  blocklist(path: string, commit: CommitId): Promise<Parsed<Blocklist>>;
}

/** Where a realm stands, from one answer of the forge. */
export interface Heads {
  read(): Promise<RealmHeads>;
}

export interface RealmHeads {
  /** Its commit is the last one that touched it: other pushes to the default branch change nothing here. */
  readonly realm: RealmFile;
  readonly defaultBranch: string;
  /** The branch `registry`; undefined where there is none. */
  readonly registry: CommitId | undefined;
  /** Our own open issues about drift, the oldest first; asked for only where we may write them. */
  readonly notices: readonly Notice[];
}

/** An issue of our own making that tells people something. */
export interface Notice {
  readonly number: number;
  readonly body: string;
}

/** The one issue about drift. */
export interface Notices {
  /** Markdown; everything that a stranger wrote is escaped already. May be repeated. */
  show(open: readonly Notice[], body: string): Promise<void>;
  close(open: readonly Notice[]): Promise<void>;
}

/** The rules that hold on a branch. */
export interface BranchRules {
  /** Types as GitHub names them: `deletion`, `non_fast_forward`. */
  of(branch: string): Promise<ReadonlySet<string>>;
}

/** The registry as it was. */
export interface RegistryHistory {
  at(commit: CommitId): Promise<Registry>;
}

export interface Snapshot {
  readonly head: CommitId;
  readonly registry: Registry;
}

/** The branch `registry`. Its writes are compare-and-swap on the branch's head. */
export interface RegistryStore {
  /** The branch as it stands. Given an earlier snapshot, only what changed since is read. */
  snapshot(since?: Snapshot): Promise<Snapshot>;
  /**
   * One commit of all `records` on top of `expected.head`. The store raises the sequence by one, and writes it into
   * registry.json and into each of the records; the systems come as they are to be written.
   */
  commit(expected: Snapshot, change: RegistryChange): Promise<Committed>;
}

export interface RegistryChange {
  readonly records: readonly ComputerRecord[];
  /** All of them, as they are after it; left out: none changes. */
  readonly systems?: SystemEntries;
  /** First line of the commit message: lower case, no full stop. */
  readonly message: string;
}

export type Committed =
  | { readonly kind: "committed"; readonly snapshot: Snapshot }
  /** Somebody else was first: read again, decide again, commit again. */
  | { readonly kind: "conflict" };

// ── certificates ─────────────────────────────────────────────────────────────────────────────────────────

export interface IssuedCertificate {
  /** AWS IoT's certificate id: 64 hex digits. */
  readonly certificate: string;
  readonly arn: string;
  readonly pem: string;
}

export interface CertificateSummary {
  readonly certificate: string;
  readonly arn: string;
  readonly status: "active" | "inactive" | "other";
  readonly createdAt: Instant;
}

export interface CertificateDescription {
  readonly status: CertificateSummary["status"];
  readonly pem: string;
}

export interface Certificates {
  /** Signs, inactive, and attaches the role's policy. Each call makes another certificate, also for one CSR. */
  createInactive(csr: CertificateRequest, role: Role): Promise<IssuedCertificate>;
  /** May be repeated. */
  activate(certificate: string): Promise<void>;
  /** Deactivates, detaches and deletes; may be repeated, a certificate that is gone is no error. */
  remove(certificate: string): Promise<void>;
  list(): AsyncIterable<CertificateSummary>;
  /** As the service has it at this moment; undefined if it is gone. */
  describe(certificate: string): Promise<CertificateDescription | undefined>;
}

// ── proxies ──────────────────────────────────────────────────────────────────────────────────────────────

/** The way to a proxy's `apply`: one ssh connection, in which the proxy first says what it holds. */
export interface Proxies {
  /** Undefined from `respond` means: nothing to do. A proxy that refuses the bundle says why in the outcome. */
  exchange(
    proxy: ProxyHost,
    respond: (held: Held) => Promise<Bundle | undefined>,
  ): Promise<Outcome | undefined>;
}

/** Signs what computers will rely on, with a key that no proxy holds. */
export interface Signer {
  /** An armored SSHSIG over `text`, namespace `warren-directory`. */
  sign(text: string): Promise<string>;
}

/** The proxy's own disk, seen by `apply`: generations, of which one is in force. */
export interface Generations {
  current(): Promise<Held>;
  /** Runs `work` while holding the proxy's lock, so that two applies never meet. */
  locked<T>(work: () => Promise<T>): Promise<T>;
  /** Text of a file of the generation in force. */
  read(path: string): Promise<string>;
  /** Writes a new generation and syncs it to disk; returns its name. One that is never put in force is dropped. */
  stage(files: ReadonlyMap<string, string>): Promise<string>;
  /** In one rename. */
  putInForce(staged: string): Promise<void>;
  /** Replaces the manifest of the generation in force by one of newer commits that names the same files. */
  restate(manifest: string): Promise<void>;
}

/** How many keys the proxy lost lately: its guard counts them. */
export interface RemovalLog {
  since(instant: Instant): Promise<number>;
  note(at: Instant, count: number): Promise<void>;
}

/** When root's shell lifted the guard and the order of sequences: kept with the generation's name, and in syslog. */
export interface ForceLog {
  note(force: Forced): Promise<void>;
}

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
  run(
    argv: readonly string[],
    input?: string,
  ): Promise<{ readonly status: number | null; readonly says: string }>;
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

// ── computers ────────────────────────────────────────────────────────────────────────────────────────────

/** A connection to the realm's broker as one computer. */
export interface Bus {
  /** `retained`: the broker keeps it for who subscribes later. */
  publish(topic: string, payload: string, how?: "retained"): Promise<void>;
  /** Resolves once the broker has granted the subscription. A `+` in it stands for any one level. */
  subscribe(topic: string, heard: (payload: string, topic: string) => void): Promise<void>;
  close(): Promise<void>;
}

/** Lends a computer's one connection to the broker, which all processes of that computer take in turns. */
export interface BusLender {
  lend<T>(work: (bus: Bus) => Promise<T>): Promise<T>;
}

/** What a computer asks its proxy's serving program, over its own pinned connection. */
export interface ProxyDesk {
  ask(question: "whoami" | "directory" | "certificate" | "release"): Promise<string>;
}

/** Checks an SSHSIG against the keys a computer pinned. */
export interface SignatureCheck {
  /** Namespace `warren-directory`; true if one of `signers` (public key lines) made it over exactly `text`. */
  verify(text: string, signature: string, signers: readonly string[]): Promise<boolean>;
}

/** Where a computer keeps the newest directory that it has verified: `directory.json` and its signature. */
export interface DirectoryStore {
  load(): Promise<SignedText | undefined>;
  save(directory: SignedText): Promise<void>;
}

/** The authorized_keys files of a device's accounts. */
export interface LoginKeys {
  /** Empty if there is no file yet. */
  read(account: string): Promise<string>;
  write(account: string, text: string): Promise<void>;
}

/** Where a device's tunnel ends: its own port on the loopback of its proxy. */
export interface TunnelTarget {
  readonly proxy: PinnedProxy;
  readonly port: number;
}

/** The one supervised reverse tunnel of a device. */
export interface TunnelProcess {
  /**
   * Opens, and resolves once the device has seen its own sshd's banner through it. Throws a failure: `refused` if the
   * proxy won't let it listen there (an older tunnel may hold the port), `unavailable` otherwise.
   */
  open(target: TunnelTarget): Promise<void>;
  /** May be repeated; an `open` under way is given up. */
  close(): Promise<void>;
  /** Whether a connection lives in it at this moment. */
  busy(): Promise<boolean>;
  /** Called when it went down without `close`. */
  onDown(heard: (why: string) => void): void;
}
