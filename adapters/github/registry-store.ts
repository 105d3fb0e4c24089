import { Failure, unavailable } from "../../core/failure.ts";
import { recordPath } from "../../core/names.ts";
import type { Parsed } from "../../core/place.ts";
import type {
  Committed,
  RegistryChange,
  RegistryHistory,
  RegistryStore,
  Snapshot,
} from "../../core/ports/registry.ts";
import type { CommitId, ComputerRecord } from "../../core/registry/record.ts";
import { printRecord, RecordFiles, readRecord } from "../../core/registry/record-file.ts";
import { Registry } from "../../core/registry/registry.ts";
import { printRegistryHead, readRegistryHead } from "../../core/registry/registry-file.ts";
import type { SystemEntries } from "../../core/registry/system-entry.ts";
import type { ForgeClient, Repository } from "./client.ts";
import { Forge } from "./forge.ts";
import { BRANCH, branchHead, commitOnBranch, createBranch } from "./registry-branch.ts";
import { type Files, readChanged, readTarball } from "./registry-files.ts";

const HEAD_FILE = "registry.json";
const README = `# registry

What this realm has accepted: one file a computer, written only by the bot. Change nothing here by hand.
`;

export interface RegistryOptions {
  /** Whether a missing branch is to be made. Whoever only reads must not. */
  readonly missing: "create" | "fail";
}

/** The branch `registry`, of which the last snapshot is kept: an unchanged branch costs one request. */
export class GitHubRegistryStore implements RegistryStore, RegistryHistory {
  readonly #forge: Forge;
  readonly #repository: Repository;
  readonly #options: RegistryOptions;
  #last: Snapshot | undefined;
  /** A read of everything, shared by all who ask for the same commit meanwhile. */
  #reading: { readonly head: CommitId; readonly snapshot: Promise<Snapshot> } | undefined;

  constructor(client: ForgeClient, repository: Repository, options: RegistryOptions) {
    this.#forge = new Forge(client);
    this.#repository = repository;
    this.#options = options;
  }

  async snapshot(since?: Snapshot): Promise<Snapshot> {
    const known = since ?? this.#last;
    const head = (await branchHead(this.#forge, this.#repository)) ?? (await this.#create(known));
    if (known?.head === head) return known;
    if (this.#last?.head === head) return this.#last;
    if (this.#reading?.head !== head) {
      const reading = { head, snapshot: this.#read(head, known) };
      this.#reading = reading;
      const done = () => {
        if (this.#reading === reading) this.#reading = undefined;
      };
      reading.snapshot.then(done, done);
    }
    return this.#reading.snapshot;
  }

  /** As it was; nothing of it is kept. */
  at(commit: CommitId): Promise<Registry> {
    return this.#readAll(commit);
  }

  async commit(expected: Snapshot, { records, systems, message }: RegistryChange): Promise<Committed> {
    const sequence = expected.registry.sequence + 1;
    const stamped = records.map((record): ComputerRecord => ({ ...record, sequence }));
    const files = new Map(stamped.map((record) => [recordPath(record.id), printRecord(record)]));
    const after = expected.registry.with(sequence, stamped, systems);
    files.set(HEAD_FILE, printRegistryHead({ format: 1, sequence, systems: after.systems }));
    const head = await commitOnBranch(this.#forge, this.#repository, expected.head, files, message);
    if (head === undefined) return { kind: "conflict" };
    this.#last = { head, registry: after };
    return { kind: "committed", snapshot: this.#last };
  }

  async #read(head: CommitId, known: Snapshot | undefined): Promise<Snapshot> {
    const registry = known === undefined ? await this.#readAll(head) : await this.#readSince(known, head);
    this.#last = { head, registry };
    return this.#last;
  }

  async #readSince(known: Snapshot, head: CommitId): Promise<Registry> {
    const changed = await readChanged(this.#forge, this.#repository, known.head, head);
    const registry =
      changed.kind === "files"
        ? withChanges(known.registry, changed.files, head)
        : changed.kind === "much"
          ? await this.#readAll(head)
          : undefined;
    if (registry !== undefined && registry.sequence >= known.registry.sequence) return registry;
    throw new Failure(
      "unavailable",
      `branch ${BRANCH} stands at ${head}, which is older than ${known.head}`,
      {
        hint: "if somebody turned the branch back on purpose, start this program anew",
      },
    );
  }

  async #readAll(head: CommitId): Promise<Registry> {
    const records: ComputerRecord[] = [];
    const files = new RecordFiles();
    let root: { readonly sequence: number; readonly systems: SystemEntries } | undefined;
    await readTarball(this.#forge, this.#repository, head, (path, bytes) => {
      if (path === HEAD_FILE) root = must(readRegistryHead(bytes.toString()), path, head);
      else records.push(must(files.read(bytes, path), path, head));
    });
    if (root === undefined) throw unreadable(HEAD_FILE, head, "it is missing");
    return Registry.of(root.sequence, records, root.systems);
  }

  async #create(known: Snapshot | undefined): Promise<CommitId> {
    const { owner, repo } = this.#repository;
    if (known !== undefined || this.#options.missing === "fail") {
      const gone = known === undefined ? "has no" : "no longer has its";
      throw new Failure("refused", `repository ${owner}/${repo} ${gone} branch ${BRANCH}`, {
        hint: "the bot makes it when the first submission comes; a lost one comes back from a clone",
      });
    }
    const head = printRegistryHead({ format: 1, sequence: 0 });
    await createBranch(
      this.#forge,
      this.#repository,
      new Map([
        [HEAD_FILE, head],
        ["README.md", README],
      ]),
    );
    const made = await branchHead(this.#forge, this.#repository);
    if (made === undefined)
      throw unavailable(`forge ${this.#forge.host}`, `it does not show the new branch ${BRANCH}`);
    return made;
  }
}

function withChanges(registry: Registry, changed: Files, head: CommitId): Registry {
  const records: ComputerRecord[] = [];
  let { sequence, systems } = registry;
  for (const [path, text] of changed) {
    if (path === HEAD_FILE) ({ sequence, systems } = must(readRegistryHead(text), path, head));
    else records.push(must(readRecord(text, path), path, head));
  }
  return registry.with(sequence, records, systems);
}

/** One file that can't be read fails it all: without it, a computer would lose its access. */
function must<T>(read: Parsed<T>, path: string, head: CommitId): T {
  if (read.ok) return read.value;
  throw unreadable(path, head, read.problem);
}

const unreadable = (path: string, head: CommitId, problem: string): Failure =>
  new Failure("unavailable", `registry file ${path} at ${head} can't be read: ${problem}`, {
    hint: `git show ${head}:${path}`,
  });
