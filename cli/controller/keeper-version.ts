import { createHash } from "node:crypto";
import type { ProfileFolder } from "../../adapters/files/profile-folder.ts";
import { certificateInUse } from "../../adapters/files/successors.ts";
import type { Profile } from "../../core/computer/profile.ts";
import { version } from "../../package.json";

/** What a keeper must be to serve a command: this program's, connected to the broker of now by the certificate of now. */
export function keeperVersion({ path }: ProfileFolder, { broker }: Profile): string {
  const by = JSON.stringify([broker, certificateInUse(path)?.cert]);
  return `${version} ${createHash("sha256").update(by).digest("hex").slice(0, 16)}`;
}
