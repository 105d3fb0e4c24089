import { existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { isMissing } from "./read.ts";

/** The keys of a computer, and what they were let in by; a successor of each stands beside it as `next-…`. */
const FILES = ["identity", "identity.pub", "x509.key", "x509.csr", "x509.pem"] as const;
export const NEXT = "next-";
/** Written once every successor is known to work. From then on they are the computer's keys, wherever they stand. */
const MARK = "next-keys-work";

/** Puts the successors in the place of what they succeed. The mark is the moment: before it nothing changes, after it all does. */
export async function putSuccessorsInPlace(folder: string): Promise<void> {
  // Every command that reads keys loads this file, and none but a rotation writes by it.
  const { writeSecret } = await import("./write.ts");
  await writeSecret(join(folder, MARK), "");
  finishSuccession(folder);
}

/**
 * Finishes what a crash cut short, if there is anything; whoever reads keys calls it first. May be repeated, and by several
 * at once: it waits for nothing, so that a client that is about to reconnect can.
 */
export function finishSuccession(folder: string): void {
  if (!existsSync(join(folder, MARK))) return;
  for (const name of FILES) {
    try {
      renameSync(join(folder, `${NEXT}${name}`), join(folder, name));
    } catch (error) {
      // Moved already, or there is none: a realm without a broker has no certificates.
      if (!isMissing(error)) throw error;
    }
  }
  rmSync(join(folder, MARK), { force: true });
}

/** The X.509 key and certificate in use, in PEM; undefined where one is missing. */
export function certificateInUse(
  folder: string,
): { readonly key: string; readonly cert: string } | undefined {
  finishSuccession(folder);
  try {
    const [key, cert] = ["x509.key", "x509.pem"].map((name) => readFileSync(join(folder, name), "utf8"));
    return key === undefined || cert === undefined ? undefined : { key, cert };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
