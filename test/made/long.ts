/** `npm run test:long` sets it: what takes minutes is then done in full. */
export const LONG = process.env.WARREN_LONG === "1";
