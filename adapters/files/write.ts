import { open } from "node:fs/promises";
import writeFileAtomic from "write-file-atomic";

/** Replaces a file in one rename, synced to disk: a reader sees the old text or the new one, whole. */
export const writeFile = (path: string, text: string | Uint8Array, mode = 0o644): Promise<void> =>
  writeFileAtomic(path, typeof text === "string" ? text : Buffer.from(text), { mode });

/** A secret: nobody but its owner reads it, at no moment. */
export const writeSecret = (path: string, text: string): Promise<void> => writeFile(path, text, 0o600);

/** A rename is on disk only when its folder is. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
