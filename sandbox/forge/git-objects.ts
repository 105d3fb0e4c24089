import { createHash } from "node:crypto";

/** Forty hex digits, exactly as Git computes them. */
export type Oid = string;
export const ZERO_OID = "0".repeat(40);
export const isOid = (text: string): boolean => /^[0-9a-f]{40}$/.test(text);

export type Mode = "100644" | "100755" | "120000" | "040000";

export interface TreeEntry {
  readonly mode: Mode;
  readonly oid: Oid;
}

export interface Signature {
  readonly name: string;
  readonly email: string;
  /** To the second, written in UTC. */
  readonly at: Date;
}

export interface Commit {
  readonly kind: "commit";
  readonly oid: Oid;
  readonly tree: Oid;
  readonly parents: readonly Oid[];
  readonly author: Signature;
  readonly committer: Signature;
  readonly message: string;
}

export interface Tree {
  readonly kind: "tree";
  readonly oid: Oid;
  readonly entries: ReadonlyMap<string, TreeEntry>;
}

export interface Blob {
  readonly kind: "blob";
  readonly oid: Oid;
  readonly bytes: Buffer;
}

export type GitObject = Commit | Tree | Blob;

export const makeBlob = (bytes: Buffer): Blob => ({ kind: "blob", oid: oidOf("blob", bytes), bytes });

/** Git sorts a directory as if its name ended in a slash. */
export function makeTree(entries: Iterable<readonly [string, TreeEntry]>): Tree {
  const keyed = [...entries].map(([name, entry]) => {
    const key = Buffer.from(entry.mode === "040000" ? `${name}/` : name);
    return { key, name, entry };
  });
  keyed.sort((a, b) => Buffer.compare(a.key, b.key));
  const bytes = Buffer.concat(
    keyed.flatMap(({ name, entry }) => [
      Buffer.from(`${entry.mode.replace(/^0/, "")} ${name}\0`),
      Buffer.from(entry.oid, "hex"),
    ]),
  );
  return {
    kind: "tree",
    oid: oidOf("tree", bytes),
    entries: new Map(keyed.map(({ name, entry }) => [name, entry])),
  };
}

export function makeCommit(parts: Omit<Commit, "kind" | "oid">): Commit {
  const lines = [
    `tree ${parts.tree}`,
    ...parts.parents.map((parent) => `parent ${parent}`),
    `author ${formatSignature(parts.author)}`,
    `committer ${formatSignature(parts.committer)}`,
  ];
  const bytes = Buffer.from(`${lines.join("\n")}\n\n${parts.message}`);
  return { kind: "commit", oid: oidOf("commit", bytes), ...parts };
}

const formatSignature = ({ name, email, at }: Signature): string =>
  `${name} <${email}> ${Math.floor(at.getTime() / 1000)} +0000`;

function oidOf(kind: GitObject["kind"], bytes: Buffer): Oid {
  return createHash("sha1").update(`${kind} ${bytes.length}\0`).update(bytes).digest("hex");
}
