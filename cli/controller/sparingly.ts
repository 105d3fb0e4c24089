const MOST = 20;
/** Milliseconds. */
const WITHIN = 60_000;

/**
 * Passes on so many lines a minute, and says once when there are more. Whoever is at the far end of a forward can have ssh
 * complain as often as they like, and in the background that goes into a file.
 */
export function sparingly(say: (line: string) => void, now = () => performance.now()) {
  let [began, said] = [Number.NEGATIVE_INFINITY, 0];
  return (line: string): void => {
    if (now() - began >= WITHIN) [began, said] = [now(), 0];
    said += 1;
    if (said <= MOST) say(line);
    else if (said === MOST + 1) say("more like this is not shown for a minute");
  };
}
