import Bottleneck from "bottleneck";
import { ProbotOctokit } from "probot";

const MINUTE_MS = 60_000;
const perMinute = (count: number) => ({
  reservoir: count,
  reservoirRefreshAmount: count,
  reservoirRefreshInterval: MINUTE_MS,
});
/**
 * GitHub allows 80 pieces of content a minute and 900 points, of which a write takes five. Octokit's own pace is one
 * request each second and one comment each three, which makes whoever opens an issue wait although nobody else is there.
 */
const comments = new Bottleneck.Group({ maxConcurrent: 1, ...perMinute(60) });
const writesAndQueries = new Bottleneck.Group({ maxConcurrent: 4, ...perMinute(200) });

/** Waiting longer than this is the sweep's business. */
const LONGEST_WAIT_SECONDS = 60;

type Options = NonNullable<ConstructorParameters<typeof ProbotOctokit>[0]>;
export type Limit = "primary" | "secondary";

/**
 * Probot's Octokit, which goes as fast as GitHub allows for a burst, and no faster for long. `limited` is told of each
 * time that GitHub wants it to wait.
 */
export function pacedOctokit(limited: (limit: Limit, seconds: number) => void) {
  const waitOnce =
    (limit: Limit) =>
    (retryAfter: number, _options: unknown, _octokit: unknown, retryCount: number): boolean => {
      limited(limit, retryAfter);
      return retryCount === 0 && retryAfter <= LONGEST_WAIT_SECONDS;
    };
  return ProbotOctokit.defaults((options: Options) => ({
    ...options,
    throttle: {
      ...options.throttle,
      write: writesAndQueries,
      notifications: comments,
      onRateLimit: waitOnce("primary"),
      onSecondaryRateLimit: waitOnce("secondary"),
    },
    retry: { retries: 1, ...options.retry },
  }));
}
