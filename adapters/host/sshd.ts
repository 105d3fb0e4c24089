import { readdir } from "node:fs/promises";
import { causeOf } from "../../core/failure.ts";
import type { SshdFacts } from "../../core/proxy-host/facts.ts";
import { SSHD_CONFIG, SSHD_FOLDER } from "../../core/proxy-host/layout.ts";
import { isMissing, readIfThere } from "../files/read.ts";
import { run } from "../openssh/run.ts";

/** Where Debian and Ubuntu have it; it wants its whole path, for it runs itself again. */
export const SSHD = "/usr/sbin/sshd";

/** `sshd -T`, for one connection (`-C user=…`) or for none. */
export async function sshdSays(connection: readonly string[]): Promise<SshdFacts["settings"]> {
  try {
    const { status, stdout, stderr } = await run(SSHD, ["-T", ...connection], { timeout: 10_000 });
    return status === 0 ? { ok: true, text: stdout } : { ok: false, says: stderr.trim() };
  } catch (error) {
    return { ok: false, says: causeOf(error) };
  }
}

export const sshdSaysFor = (account: string): Promise<SshdFacts["settings"]> =>
  sshdSays(["-C", `user=${account},host=localhost,addr=127.0.0.1`]);

/** The drop-ins first: stock hosts include them at the top. */
export async function sshdConfig(): Promise<SshdFacts["config"]> {
  const names = await readdir(SSHD_FOLDER).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  const paths = names
    .filter((name) => name.endsWith(".conf"))
    .toSorted()
    .map((name) => `${SSHD_FOLDER}/${name}`);
  const files = await Promise.all(
    [...paths, SSHD_CONFIG].map(async (path) => ({ path, text: await readIfThere(path) })),
  );
  return files.flatMap(({ path, text }) => (text === undefined ? [] : [{ path, text }]));
}
