import type { Logger } from "pino";
import type { Probot } from "probot";
import { formatId } from "../core/names.ts";
import { readSubmission } from "../core/submission/submission.ts";
import type { Deliveries } from "./deliveries.ts";
import type { Dispatches } from "./dispatches.ts";
import type { Hint, Hints } from "./hints.ts";
import type { Metrics } from "./metrics.ts";
import type { Sweeps } from "./sweeps.ts";
import type { Work } from "./work.ts";

export interface EventOptions {
  readonly hints: Hints;
  readonly sweeps: Sweeps;
  readonly dispatches: Dispatches;
  /** Checks the open pull requests of a repository again. */
  readonly recheck: (repository: string) => void;
  readonly deliveries: Deliveries;
  readonly metrics: Metrics;
  readonly work: Work;
  readonly appId: number;
  /** `owner/name`; others' events are dropped. Left out: all repositories. */
  readonly only?: string;
  readonly log: Logger;
}

/** Of a pull request: what can change what it would do. */
const PULL_ACTIONS = new Set(["opened", "synchronize", "reopened", "edited", "ready_for_review"]);

/** Handlers return at once: GitHub waits ten seconds, and never sends again by itself what failed. */
export function listen(app: Probot, options: EventOptions): void {
  const { hints, sweeps, dispatches, recheck, deliveries, metrics, work, appId, only, log } = options;
  const concerns = (repository: string) =>
    only === undefined || repository.toLowerCase() === only.toLowerCase();

  /** Each delivery counts once, unless what it led to failed. */
  const once = (guid: string, event: string, take: () => boolean | Promise<boolean>): void => {
    const outcome = deliveries.begin(guid) ? "taken" : "repeated";
    metrics.deliveries.inc({ event, outcome });
    if (outcome === "repeated") return;
    void Promise.resolve(take()).then((worked) => deliveries.end(guid, worked ? "done" : "failed"));
  };
  const passOver = (event: string) => metrics.deliveries.inc({ event, outcome: "none of ours" });

  const hint = (guid: string, event: string, { repository, ...about }: Hint): void => {
    if (!concerns(repository)) passOver(event);
    else
      once(guid, event, () => {
        log.info({ delivery: guid, repository, number: about.number }, "hint");
        return hints.push({ repository: only ?? repository, ...about });
      });
  };

  app.on("issues", async ({ id, payload: { action, sender, issue, repository } }) => {
    // Labels and states are our own answer: reading it back would lead nowhere.
    const echo = sender.type === "Bot" && ["labeled", "unlabeled", "closed", "reopened"].includes(action);
    if (echo) return passOver("issues");
    hint(id, "issues", issueHint(repository.full_name, issue, sender));
  });

  app.on("issue_comment", async ({ id, payload: { comment, issue, repository, sender } }) => {
    const own = comment.performed_via_github_app?.id === appId;
    if (own || issue.pull_request !== undefined) return passOver("issue_comment");
    hint(id, "issue_comment", issueHint(repository.full_name, issue, sender));
  });

  app.on("pull_request", async ({ id, payload: { action, number, repository, sender } }) => {
    if (work.onPullRequest === undefined || !PULL_ACTIONS.has(action)) return passOver("pull_request");
    hint(id, "pull_request", { what: "pull", repository: repository.full_name, number, by: sender?.id });
  });

  app.on("push", async ({ id, payload: { ref, repository, commits, deleted } }) => {
    const touched = commits.flatMap(({ added, modified, removed }) => [added, modified, removed].flat());
    // A forced push lists no commits.
    const rules =
      ref === `refs/heads/${repository.default_branch}` &&
      (commits.length === 0 || touched.includes("realm.yaml"));
    const registry = ref === "refs/heads/registry" && !deleted;
    if (!concerns(repository.full_name) || !(rules || registry)) return passOver("push");
    once(id, "push", () => {
      log.info(
        { delivery: id, repository: repository.full_name, moved: rules ? "realm.yaml" : "registry" },
        "push",
      );
      if (rules) sweeps.request({ whole: true });
      dispatches.request(only ?? repository.full_name);
      recheck(only ?? repository.full_name);
      return true;
    });
  });

  /** Where the App is no more there is nothing to sweep: the list of repositories says so by itself. */
  const installed = (id: string, event: string, names: readonly string[] | undefined): void => {
    work.forget();
    if (names !== undefined && !names.some(concerns)) passOver(event);
    else
      once(id, event, () => {
        sweeps.request({ whole: true });
        return true;
      });
  };
  app.on("installation", async ({ id, payload }) => {
    const gone = payload.action === "deleted" || payload.action === "suspend";
    const names = payload.repositories?.map(({ full_name }) => full_name);
    installed(id, "installation", gone ? [] : names);
  });
  app.on("installation_repositories", async ({ id, payload }) => {
    installed(
      id,
      "installation_repositories",
      payload.repositories_added.map(({ full_name }) => full_name),
    );
  });
}

/** The title is believed for the order of work alone. */
function issueHint(
  repository: string,
  { number, title }: { number: number; title: string },
  { id: by }: { id: number },
): Hint {
  const read = readSubmission(title, "");
  const id = read.kind === "none" ? undefined : read.kind === "read" ? read.submission.id : read.id;
  return { what: "issue", repository, number, by, ...(id === undefined ? {} : { computer: formatId(id) }) };
}
