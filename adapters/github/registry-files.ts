import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { extract } from "tar-stream";
import * as z from "zod";
import { unavailable } from "../../core/failure.ts";
import type { CommitId } from "../../core/registry/record.ts";
import type { Repository } from "./client.ts";
import type { Forge } from "./forge.ts";

/** Path relative to the branch's root → text. */
export type Files = ReadonlyMap<string, string>;

/** 100,000 records come to about 0.3 GB. */
const MOST_BYTES = 1024 ** 3;
const LARGEST_FILE = 1024 ** 2;
const TARBALL_MS = 300_000;

/** What the registry consists of: registry.json, and one level down the records. */
export const isRegistryFile = (path: string): boolean =>
  path === "registry.json" || /^[^/]+\/[^/]+\.json$/.test(path);

/** Calls `each` with every registry file of a commit, one at a time: the whole is never held at once. */
export async function readTarball(
  forge: Forge,
  repository: Repository,
  commit: CommitId,
  each: (path: string, bytes: Buffer) => void,
): Promise<void> {
  const signal = AbortSignal.timeout(TARBALL_MS);
  const route = "GET /repos/{owner}/{repo}/tarball/{ref}";
  const body = await forge.stream(route, { ...repository, ref: commit }, signal);
  if (!(body instanceof ReadableStream)) throw unavailable(`forge ${forge.host}`, "it sent no archive");
  try {
    const unpack = extract();
    const reading = (async () => {
      for await (const entry of unpack) {
        const { name, type, size = 0 } = entry.header;
        // GitHub puts everything into one folder, named after repository and commit.
        const path = name.slice(name.indexOf("/") + 1);
        if (type === "directory" || !isRegistryFile(path)) {
          entry.resume();
          continue;
        }
        // Passed by, the computer would be gone, and its access with it.
        if (type !== "file") throw new Error(`${path} is a ${type}, and no file`);
        if (size > LARGEST_FILE) throw new Error(`${path} has ${size} bytes; ${LARGEST_FILE} at most`);
        each(path, await bytesOf(entry));
      }
    })();
    const streaming = pipeline(Readable.fromWeb(body), createGunzip(), atMost(MOST_BYTES), unpack, {
      signal,
    });
    await Promise.all([reading, streaming]);
  } catch (error) {
    throw unavailable(`forge ${forge.host}`, error);
  }
}

/** Stops a stream that unpacks into more than anyone would store. */
function atMost(most: number): Transform {
  let passed = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      passed += chunk.length;
      if (passed > most) done(new Error(`the registry's archive unpacks to more than ${most} bytes`));
      else done(null, chunk);
    },
  });
}

async function bytesOf(chunks: AsyncIterable<unknown>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) if (chunk instanceof Uint8Array) all.push(chunk);
  return Buffer.concat(all);
}

/** GitHub's comparison lists this many files, then stops without a word. */
const MOST_COMPARED = 300;
const BLOBS_A_QUERY = 50;

const comparison = z.object({
  status: z.enum(["ahead", "behind", "diverged", "identical"]),
  files: z
    .array(z.object({ filename: z.string(), status: z.string(), sha: z.string().nullable() }))
    .optional(),
});
const blobs = z.object({
  repository: z.record(z.string(), z.object({ text: z.string(), isTruncated: z.literal(false) })),
});

export type Changed =
  | { readonly kind: "files"; readonly files: Files }
  /** Too much, or not only additions: read the whole branch. */
  | { readonly kind: "much" }
  /** `head` lies before `base`: the forge answers with something old, or somebody turned the branch back. */
  | { readonly kind: "back" };

/** The registry files that were added or changed from `base` to `head`. */
export async function readChanged(
  forge: Forge,
  repository: Repository,
  base: CommitId,
  head: CommitId,
): Promise<Changed> {
  const route = "GET /repos/{owner}/{repo}/compare/{basehead}";
  const parameters = { ...repository, basehead: `${base}...${head}`, per_page: 1 };
  const compared = await forge.find(route, parameters, comparison);
  if (compared?.status === "behind") return { kind: "back" };
  const files = compared?.files;
  if (compared?.status !== "ahead" || files === undefined || files.length >= MOST_COMPARED)
    return { kind: "much" };
  // A rename or a removal takes a computer away: rare enough to read everything anew.
  const plain = files.every(({ status }) => status === "added" || status === "modified");
  if (!plain) return { kind: "much" };
  const changed = files.filter(({ filename }) => isRegistryFile(filename));
  return { kind: "files", files: await readBlobs(forge, repository, changed) };
}

async function readBlobs(
  forge: Forge,
  repository: Repository,
  files: readonly { filename: string; sha: string | null }[],
): Promise<Files> {
  const texts = new Map<string, string>();
  for (let first = 0; first < files.length; first += BLOBS_A_QUERY) {
    const some = files.slice(first, first + BLOBS_A_QUERY);
    const read = await forge.query(blobQuery(some.length), { ...repository, ...oidsOf(some) }, blobs);
    for (const [index, { filename }] of some.entries()) {
      const blob = read.repository[`b${index}`];
      if (blob === undefined)
        throw unavailable(`forge ${forge.host}`, `${filename} is missing in its answer`);
      texts.set(filename, blob.text);
    }
  }
  return texts;
}

const oidsOf = (files: readonly { sha: string | null }[]): Record<string, string | null> =>
  Object.fromEntries(files.map(({ sha }, index) => [`b${index}`, sha]));

function blobQuery(count: number): string {
  const names = Array.from({ length: count }, (_, index) => `b${index}`);
  const variables = names.map((name) => `$${name}: GitObjectID!`).join(", ");
  const objects = names.map((name) => `${name}: object(oid: $${name}) { ... on Blob { text isTruncated } }`);
  return `
  query ($owner: String!, $repo: String!, ${variables}) {
    repository(owner: $owner, name: $repo) {
      ${objects.join("\n      ")}
    }
  }`;
}
