import { DEADLINE } from "./client.ts";
import { certificateFailure } from "./failures.ts";
import type { Pace } from "./pace.ts";

export type Until = { readonly abortSignal: AbortSignal };

/** Makes one call: `doing` is what for, in the user's words; calls of one `kind` share a limit. */
export type Ask = <T>(doing: string, work: (until: Until) => Promise<T>, kind?: string) => Promise<T>;

/** Calls of one service that end soon once their turn has come, and fail as Warren's failures. */
export const askOf =
  (service: string, pace?: Pace): Ask =>
  async (doing, work, kind = doing) => {
    await pace?.turn(kind);
    try {
      return await work({ abortSignal: AbortSignal.timeout(DEADLINE) });
    } catch (error) {
      throw certificateFailure(error, service, doing);
    }
  };
