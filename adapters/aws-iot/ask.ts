import pRetry from "p-retry";
import { ATTEMPTS, DEADLINE } from "./client.ts";
import { certificateFailure, isPassing } from "./failures.ts";
import type { Pace } from "./pace.ts";

export type Until = { readonly abortSignal: AbortSignal };

/** Makes one call: `doing` is what for, in the user's words; calls of one `kind` share a limit. */
export type Ask = <T>(doing: string, work: (until: Until) => Promise<T>, kind?: string) => Promise<T>;

/** Milliseconds, tripled each time: the attempts of a call that is throttled again and again end within its deadline. */
const FIRST_PAUSE = 50;

/**
 * Calls of one service that end soon once their turn has come, and fail as Warren's failures. What was throttled stands in
 * line again like any other call: a retry beside the line would be one too many.
 */
export const askOf =
  (service: string, pace?: Pace): Ask =>
  async (doing, work, kind = doing) => {
    await pace?.turn(kind);
    const abortSignal = AbortSignal.timeout(DEADLINE);
    const attempt = async (number: number) => {
      if (number > 1) await pace?.turn(kind);
      return work({ abortSignal });
    };
    try {
      return await pRetry(attempt, {
        retries: ATTEMPTS - 1,
        minTimeout: FIRST_PAUSE,
        factor: 3,
        randomize: true,
        shouldRetry: ({ error }) => isPassing(error),
      });
    } catch (error) {
      throw certificateFailure(error, service, doing);
    }
  };
