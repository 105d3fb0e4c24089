import { readFile } from "node:fs/promises";

/** When the kernel started a process, in its own ticks (proc(5), the 22nd field of stat); "" where nobody can tell. */
export async function ticksOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => "");
  // The second field is the program's name in parentheses, and may hold blanks and parentheses itself.
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
}

/** Whether the process that began at these ticks is still there; where they are unknown, any process of that pid. */
export async function isAlive(pid: number, ticks: string): Promise<boolean> {
  if (ticks !== "") return (await ticksOf(pid)) === ticks;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // It is there, and another account's.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
