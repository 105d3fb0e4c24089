import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { CommitId } from "../../core/registry/record.ts";

const execute = promisify(execFile);

/**
 * The commit that `folder` is a checkout of, if `path` inside it stands there exactly as committed: a file that was
 * edited since comes from no commit.
 */
export async function commitOf(folder: string, path: string): Promise<CommitId | undefined> {
  if (!existsSync(join(folder, ".git"))) return undefined;
  try {
    const git = async (...args: string[]) => (await execute("git", ["-C", folder, ...args])).stdout.trim();
    if ((await git("status", "--porcelain", "--", path)) !== "") return undefined;
    const commit = await git("rev-parse", "--verify", "HEAD");
    return /^[0-9a-f]{40}$/.test(commit) ? commit : undefined;
  } catch {
    // No Git here, or no commit yet.
    return undefined;
  }
}

/** The text of `path` in `folder` as HEAD has it; undefined where there is no such commit or file. */
export async function committedText(folder: string, path: string): Promise<string | undefined> {
  try {
    return (await execute("git", ["-C", folder, "show", `HEAD:./${path}`], { maxBuffer: 16 * 1024 * 1024 }))
      .stdout;
  } catch {
    return undefined;
  }
}

/** `owner/name` of the remote `origin`, whichever forge it is on; undefined where there is none. */
export async function originOf(folder: string): Promise<string | undefined> {
  try {
    const { stdout } = await execute("git", ["-C", folder, "remote", "get-url", "origin"]);
    return /[/:]([A-Za-z0-9_-]+\/[A-Za-z0-9._-]+?)(?:\.git)?\/?$/.exec(stdout.trim())?.[1];
  } catch {
    return undefined;
  }
}
