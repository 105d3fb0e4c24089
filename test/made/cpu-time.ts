/** Milliseconds of processor time that `work` takes: unlike the clock's, they don't grow on a busy machine. */
export function cpuTimeOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
