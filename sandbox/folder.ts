import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Short, because sockets live below it and a socket's path holds 107 bytes at most (unix(7)). */
const PREFIX = "warren-";
const OWNER = "owner.pid";

/** Makes the folder that holds all of one sandbox, after removing those of sandboxes that were killed. */
export async function makeFolder(): Promise<string> {
  await sweepFolders();
  const dir = await mkdtemp(join(tmpdir(), PREFIX));
  await writeFile(join(dir, OWNER), `${process.pid} ${await startOf(process.pid)}\n`, { mode: 0o600 });
  return dir;
}

export const removeFolder = (dir: string): Promise<void> =>
  rm(dir, { recursive: true, force: true, maxRetries: 3 });

/** A folder whose owner is gone belongs to nobody; one without an owner's mark is not ours to judge. */
async function sweepFolders(): Promise<void> {
  const names = (await readdir(tmpdir())).filter((name) => name.startsWith(PREFIX));
  await Promise.all(
    names.map(async (name) => {
      const dir = join(tmpdir(), name);
      const mark = await readFile(join(dir, OWNER), "utf8").catch(() => "");
      const [, pid, start] = /^(\d+) (\S+)\n$/.exec(mark) ?? [];
      if (pid === undefined || (await startOf(Number(pid))) === start) return;
      await removeFolder(dir).catch(() => {});
    }),
  );
}

/** When a process began, in clock ticks since boot (proc(5), field 22): a reused pid has another. */
async function startOf(pid: number): Promise<string> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "gone";
  } catch {
    return isAlive(pid) ? "running" : "gone";
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
