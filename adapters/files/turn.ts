import { lock } from "proper-lockfile";

const ASK_EVERY = 100;

/**
 * Waits up to `within` milliseconds for its turn at `file`, which need not exist, and returns what ends the turn. A
 * process that died gives its turn up after some seconds.
 */
export async function takeTurn(file: string, within: number): Promise<() => Promise<void>> {
  let lost = false;
  const release = await lock(file, {
    realpath: false,
    stale: 5_000,
    update: 1_000,
    retries: {
      retries: Math.ceil(within / ASK_EVERY),
      factor: 1,
      minTimeout: ASK_EVERY,
      maxTimeout: ASK_EVERY,
    },
    onCompromised: () => {
      lost = true;
    },
  });
  return async () => {
    // A turn that somebody took over is theirs to end.
    if (!lost) await release();
  };
}
