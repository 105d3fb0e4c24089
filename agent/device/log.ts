/** One line on stderr, where journald and the like collect it. */
export function log(message: string): void {
  // A message may hold what a proxy or an ssh client said: one line stays one line.
  const line = message.replace(/[\p{Cc}\u2028\u2029]+/gu, " ").trim();
  process.stderr.write(`${new Date().toISOString().slice(0, 19)}Z ${line}\n`);
}
