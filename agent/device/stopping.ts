/** Resolves when this process is to end: by a signal or, where its parent holds its stdin, with that. */
export function whenToStop(env: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve) => {
    // Listened to for good: while a file is written, signal-exit ends the process if nobody else listens any more.
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => resolve(signal));
    if (env.WARREN_PARENT !== "stdin") return;
    const gone = () => resolve("the end of its parent");
    process.stdin.once("end", gone).once("error", gone).once("close", gone).resume();
  });
}
