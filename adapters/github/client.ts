import { setTimeout as pause } from "node:timers/promises";
import { retry } from "@octokit/plugin-retry";
import { Octokit } from "@octokit/rest";
import { retryAfterOf } from "./failures.ts";

/** What the adapters ask of an Octokit; those of @octokit/rest and of Probot both have it. */
export type ForgeClient = Pick<Octokit, "request" | "graphql">;

/** Of one repository. */
export interface Repository {
  readonly owner: string;
  readonly repo: string;
}

/** One attempt may take so long: a forge that is down is reported within ten seconds. */
const ATTEMPT_MS = 8000;

/** fetch with a deadline over head and body. A caller's own signal takes its place. */
export const fetchInTime: typeof fetch = (input, init = {}) => {
  if (init.signal !== undefined && init.signal !== null) return fetch(input, init);
  const deadline = new AbortController();
  // Octokit's retry plugin repeats everything but an AbortError: a second wait would only double the first.
  const late = () =>
    deadline.abort(new DOMException(`no answer within ${ATTEMPT_MS / 1000} s`, "AbortError"));
  setTimeout(late, ATTEMPT_MS).unref();
  return fetch(input, { ...init, signal: deadline.signal });
};

export interface ClientOptions {
  /** Left out: reads what is public. */
  readonly token?: string;
  readonly baseUrl?: string;
  /** So long in all it waits where GitHub limits and says for how long; left out: not at all. */
  readonly waitSeconds?: number;
}

/** A client for the CLI and for Actions. */
export function githubClient({ token, baseUrl, waitSeconds = 0 }: ClientOptions): ForgeClient {
  const octokit = new QuietOctokit({
    ...quietly(baseUrl),
    ...(token === undefined ? {} : { auth: token }),
    retry: { retries: 2, retryAfterBaseValue: 250 },
  });
  if (waitSeconds > 0) waitWhereLimited(octokit, waitSeconds);
  return octokit;
}

/** Options of every client of ours, whoever it acts as. */
export const quietly = (baseUrl: string | undefined) => ({
  ...(baseUrl === undefined ? {} : { baseUrl: baseUrl.replace(/\/+$/, "") }),
  userAgent: "warren",
  request: { fetch: fetchInTime },
  log: silent,
});

/** What GitHub limits it has not carried out: a write too may be sent again. */
function waitWhereLimited({ hook }: Octokit, waitSeconds: number): void {
  let left = waitSeconds;
  hook.wrap("request", async (request, options) => {
    for (;;) {
      try {
        return await request(options);
      } catch (error) {
        const seconds = retryAfterOf(error);
        if (seconds === undefined || seconds > left) throw error;
        left -= seconds;
        await pause(seconds * 1000);
      }
    }
  });
}

const QuietOctokit = Octokit.plugin(retry);

const nothing = (): void => undefined;
/** Failures say what went wrong; Octokit's own log would print each request beside them. */
const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing };
