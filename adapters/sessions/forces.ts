import { join } from "node:path";
import * as z from "zod";
import type { Forced } from "../../core/access/forced.ts";
import { Failure } from "../../core/failure.ts";
import { instant, readJson } from "../../core/json.ts";
import type { ForceLog } from "../../core/ports/proxy-disk.ts";
import { readIfThere } from "../files/read.ts";
import { writeFile } from "../files/write.ts";
import { run } from "../openssh/run.ts";

const shape = z.array(
  z.strictObject({ at: instant, generation: z.string(), reason: z.string(), by: z.string() }),
);
const MOST = 100;

/** `forces.json` in `etc/warren`, the newest last; and a line in syslog, where the host has one. */
export class DiskForceLog implements ForceLog {
  readonly #path: string;

  constructor(folder: string) {
    this.#path = join(folder, "forces.json");
  }

  async note(force: Forced): Promise<void> {
    await writeFile(this.#path, `${JSON.stringify([...(await this.read()), force].slice(-MOST))}\n`);
    const says = `generation ${force.generation} forced by ${force.by}: ${force.reason}`;
    await run("logger", ["-t", "warren", "--", says], { timeout: 5_000 }).catch(() => {});
  }

  async read(): Promise<readonly Forced[]> {
    const text = await readIfThere(this.#path);
    if (text === undefined) return [];
    const read = readJson(shape, text, this.#path);
    if (!read.ok) throw new Failure("refused", read.problem);
    return read.value;
  }
}
