type Cleanup = () => Promise<void>;

const NUMBERS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const;
const WITHIN = 4_000;

const cleanups = new Set<Cleanup>();
let ending = false;

/**
 * Lets `work` finish what it began also when this process is told to end: `cleanup` runs then, or not at all. The exit
 * status is 128 and the signal's number, as shells have it.
 */
export async function withCleanup<T>(cleanup: Cleanup, work: () => Promise<T>): Promise<T> {
  if (cleanups.size === 0) for (const signal of signals()) process.on(signal, end);
  cleanups.add(cleanup);
  try {
    return await work();
  } finally {
    cleanups.delete(cleanup);
    if (cleanups.size === 0 && !ending) for (const signal of signals()) process.off(signal, end);
  }
}

const signals = () => ["SIGINT", "SIGTERM", "SIGHUP"] as const;

function end(signal: keyof typeof NUMBERS): void {
  const status = 128 + NUMBERS[signal];
  // A second signal, or a cleanup that hangs, ends it all the same. We go on listening: a library that finds nobody else
  // to do so (signal-exit) sends us the same signal at once.
  const leave = () => (signal === "SIGHUP" ? hangUp(status) : process.exit(status));
  if (ending) {
    leave();
    return;
  }
  ending = true;
  setTimeout(leave, WITHIN).unref();
  void Promise.allSettled([...cleanups].map((cleanup) => cleanup())).then(leave);
}

/** At its exit Node gives the terminal its old settings back, and aborts where that is gone: the signal itself ends us. */
function hangUp(status: number): void {
  process.emit("exit", status);
  process.removeAllListeners("SIGHUP");
  process.kill(process.pid, "SIGHUP");
}
