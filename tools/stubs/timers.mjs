/** Node's own timers in place of a browser's worker threads. */
export const { setInterval, clearInterval, setTimeout, clearTimeout } = globalThis;
