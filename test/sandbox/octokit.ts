import { Octokit } from "@octokit/rest";

/** Octokit's own log would print each refusal that a test expects. */
export const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** GitHub's own client, as somebody; without a login, as nobody. */
export const octokitFor = (url: string, login?: string): Octokit =>
  new Octokit({ baseUrl: url, log: quiet, ...(login === undefined ? {} : { auth: `sandbox-${login}` }) });
