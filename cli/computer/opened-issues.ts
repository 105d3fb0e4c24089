import { createHash } from "node:crypto";
import * as z from "zod";
import type { ProfileFolder } from "../../adapters/files/profile-folder.ts";
import type { SubmissionText } from "../../core/computer/enrollment.ts";
import { readJson } from "../../core/json.ts";

const FILE = "issues.json";
const shape = z.record(z.string(), z.int().positive());

/** Which issue of the repository was opened for which text: a second run must not open it twice. */
export class OpenedIssues {
  readonly #folder: ProfileFolder;
  readonly #repository: string;

  constructor(folder: ProfileFolder, repository: string) {
    this.#folder = folder;
    this.#repository = repository;
  }

  async of(text: SubmissionText): Promise<number | undefined> {
    return (await this.#all())[this.#name(text)];
  }

  async keep(text: SubmissionText, number: number): Promise<void> {
    const all = { ...(await this.#all()), [this.#name(text)]: number };
    await this.#folder.write(FILE, `${JSON.stringify(all, null, 2)}\n`);
  }

  /** A file that can't be understood is as none: the issue is then looked for on GitHub. */
  async #all(): Promise<Readonly<Record<string, number>>> {
    const read = readJson(shape, (await this.#folder.read(FILE)) ?? "{}", FILE);
    return read.ok ? read.value : {};
  }

  #name({ title, body }: SubmissionText): string {
    return `${this.#repository} ${title} ${createHash("sha256").update(body).digest("hex")}`;
  }
}
