/** CPU seconds count: what else runs on the machine then matters less than it does for the clock on the wall. */
export function rateOf(
  name: string,
  times: number,
  atLeast: number | undefined,
  work: (index: number) => void,
): void {
  let best = 0;
  for (let round = 0; round < 5; round++) {
    const start = process.cpuUsage();
    for (let index = 0; index < times; index++) work(index);
    const { user, system } = process.cpuUsage(start);
    best = Math.max(best, times / ((user + system) / 1e6));
  }
  const wanted = atLeast === undefined ? "" : `  (${best >= atLeast ? "meets" : "MISSES"} ${atLeast})`;
  console.log(`${name.padEnd(42)}${Math.round(best).toLocaleString("en").padStart(9)} /s${wanted}`);
  if (atLeast !== undefined && best < atLeast) process.exitCode = 1;
}
