import { join } from "node:path";
import * as z from "zod";
import { DEFAULT_GUARD, readGuard } from "../../core/access/guard.ts";
import { Failure } from "../../core/failure.ts";
import { instant, readJson } from "../../core/json.ts";
import type { RemovalLog } from "../../core/ports/proxy-disk.ts";
import type { Instant } from "../../core/time.ts";
import { readIfThere } from "./read.ts";
import { writeFile } from "./write.ts";

/** What the file `guard` in `etc/warren` allows; root alone writes it. */
export async function guardOf(folder: string): Promise<number> {
  const path = join(folder, "guard");
  const text = await readIfThere(path);
  if (text === undefined) return DEFAULT_GUARD;
  const guard = readGuard(text);
  if (!guard.ok) throw new Failure("refused", `${path}: ${guard.problem}`);
  return guard.value;
}

const shape = z.array(z.strictObject({ at: instant, count: z.int().min(0) }));
const MOST = 1000;

/** `removals.json` in `etc/warren`: how many keys went, and when. */
export class DiskRemovalLog implements RemovalLog {
  readonly #path: string;

  constructor(folder: string) {
    this.#path = join(folder, "removals.json");
  }

  async since(start: Instant): Promise<number> {
    const recent = (await this.#read()).filter(({ at }) => at >= start);
    return recent.reduce((sum, { count }) => sum + count, 0);
  }

  async note(at: Instant, count: number): Promise<void> {
    const kept = [...(await this.#read()), { at, count }].slice(-MOST);
    await writeFile(this.#path, `${JSON.stringify(kept)}\n`);
  }

  async #read(): Promise<z.infer<typeof shape>> {
    const text = await readIfThere(this.#path);
    if (text === undefined) return [];
    const read = readJson(shape, text, this.#path);
    if (!read.ok) throw new Failure("refused", read.problem);
    return read.value;
  }
}
