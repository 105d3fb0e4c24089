import { lock } from "proper-lockfile";
import { causeOf, Failure } from "../../core/failure.ts";

/** One process at a time works on `folder`; another waits up to 30 s. A lock that died with its process is taken over. */
export async function withLock<T>(folder: string, work: () => Promise<T>): Promise<T> {
  let lost: Error | undefined;
  const release = await lock(folder, {
    lockfilePath: `${folder}/.lock`,
    stale: 15_000,
    retries: { retries: 60, factor: 1, minTimeout: 500, maxTimeout: 500 },
    onCompromised: (error) => {
      lost = error;
    },
  }).catch((cause: unknown) => {
    throw new Failure("refused", `${folder} is locked by another apply: ${causeOf(cause)}`, { cause });
  });
  try {
    return await work();
  } finally {
    // A lock that somebody took over is theirs to release.
    if (lost === undefined) await release();
  }
}
