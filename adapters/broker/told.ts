import { join } from "node:path";
import * as z from "zod";
import type { Told } from "../../core/broker/told.ts";
import { readJson } from "../../core/json.ts";
import type { ToldStore } from "../../core/ports/broker.ts";
import { readIfThere } from "../files/read.ts";
import { writeFile } from "../files/write.ts";

/** `broker-told.json` in `etc/warren`. One that can't be read is as good as none: then all is told again. */
export class DiskTold implements ToldStore {
  readonly #path: string;

  constructor(folder: string) {
    this.#path = join(folder, "broker-told.json");
  }

  async load(): Promise<Told | undefined> {
    const text = await readIfThere(this.#path);
    const read = text === undefined ? undefined : readJson(shape, text, this.#path);
    return read?.ok === true ? read.value : undefined;
  }

  save(told: Told): Promise<void> {
    return writeFile(this.#path, `${JSON.stringify(told)}\n`);
  }
}

const hash = z.string();
const shape: z.ZodType<Told> = z.strictObject({ digest: hash, list: hash, revoked: z.array(z.string()) });
