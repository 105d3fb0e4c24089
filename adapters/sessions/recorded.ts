import { constants } from "node:fs";
import { access, open, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { printable } from "../../core/access/held.ts";
import type { Swept } from "../../core/access/sessions.ts";
import { causeOf } from "../../core/failure.ts";
import { lastLine } from "../../core/lines.ts";
import type { Sessions } from "../../core/ports/proxy-host.ts";
import { isMissing } from "../files/read.ts";
import { run } from "../openssh/run.ts";

const SWEPT_WITHIN = 30_000;
const CLASH = ".clash";
const LONGEST_CLASH = 400;
/** Of one system. */
const MOST_CLASHES = 100;

/** A live session. */
export interface LiveSession {
  readonly system: string;
  /** The computer's id; undefined while it logs in. */
  readonly computer: string | undefined;
}

/** What the session hook has written on this host. `root` is `/`, but for a folder that stands for a host. */
export class RecordedSessions implements Sessions {
  readonly #script: string;
  readonly #run: string;

  constructor(root: string) {
    this.#script = join(root, "etc/warren/session");
    this.#run = join(root, "run/warren");
  }

  async sweep(): Promise<Swept> {
    try {
      await access(this.#script, constants.X_OK);
    } catch (error) {
      return isMissing(error) ? { kind: "unrecorded" } : { kind: "failed", problem: causeOf(error) };
    }
    try {
      const { status, stdout, stderr } = await run(this.#script, ["sweep"], { timeout: SWEPT_WITHIN });
      if (status !== 0) return { kind: "failed", problem: lastLine(stderr) || `it ended with ${status}` };
      return { kind: "swept", ended: stdout.split("\n").filter((line) => line !== "") };
    } catch (error) {
      return { kind: "failed", problem: causeOf(error) };
    }
  }

  /** The sessions whose process lives. */
  async live(): Promise<readonly LiveSession[]> {
    const names = await namesIn(join(this.#run, "sessions"));
    const found = await Promise.all(names.map((name) => this.#sessionOf(name)));
    return found.filter((session) => session !== undefined);
  }

  /** What `release` told of within the hour: one sentence a computer. An account of a system wrote it. */
  async clashes(): Promise<readonly string[]> {
    const release = join(this.#run, "release");
    const folders = (await namesIn(release)).map((system) => join(release, system));
    const told = await Promise.all(
      folders.map(async (folder) => {
        // They are for their own account and root.
        const names = (await namesIn(folder).catch(() => [])).filter((name) => name.endsWith(CLASH));
        return Promise.all(names.slice(0, MOST_CLASHES).map((name) => firstLine(join(folder, name))));
      }),
    );
    return told
      .flat()
      .filter((line) => line !== undefined)
      .toSorted();
  }

  async #sessionOf(name: string): Promise<LiveSession | undefined> {
    const [, pid, start] = /^([0-9]+)\.([0-9]+)$/.exec(name) ?? [];
    if (pid === undefined || start === undefined || (await startOf(pid)) !== start) return undefined;
    const text = await readFile(join(this.#run, "sessions", name), "utf8").catch(() => "");
    const [line = "", computer = ""] = text.split("\n");
    const [system = ""] = line.split(" ");
    return system === "" ? undefined : { system, computer: computer === "" ? undefined : computer };
  }
}

/** proc(5), field 22; a process's name may hold anything, no field after it does. */
async function startOf(pid: string): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return stat.slice(stat.lastIndexOf(") ") + 2).split(" ")[19];
}

async function namesIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  return names.filter((name) => !name.startsWith("."));
}

/** A link is not followed: root reads here what others may write. Nothing that a terminal would obey comes through. */
async function firstLine(path: string): Promise<string | undefined> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    () => undefined,
  );
  if (file === undefined) return undefined;
  try {
    if (!(await file.stat()).isFile()) return undefined;
    const { buffer, bytesRead } = await file.read(Buffer.alloc(LONGEST_CLASH), 0, LONGEST_CLASH, 0);
    const [line = ""] = buffer.toString("utf8", 0, bytesRead).split("\n");
    return printable(line, LONGEST_CLASH);
  } finally {
    await file.close();
  }
}
