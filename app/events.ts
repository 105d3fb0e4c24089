import type { Logger } from "pino";
import type { Probot } from "probot";
import type { Deliveries } from "./deliveries.ts";
import type { Hints } from "./hints.ts";
import type { Sweeps } from "./sweeps.ts";
import type { Work } from "./work.ts";

export interface EventOptions {
  readonly hints: Hints;
  readonly sweeps: Sweeps;
  readonly deliveries: Deliveries;
  readonly work: Work;
  readonly appId: number;
  /** `owner/name`; others' events are dropped. Left out: all repositories. */
  readonly only?: string;
  readonly log: Logger;
}

/** Handlers return at once: GitHub waits ten seconds, and never sends again by itself what failed. */
export function listen(app: Probot, options: EventOptions): void {
  const { hints, sweeps, deliveries, work, appId, only, log } = options;
  const concerns = (repository: string) =>
    only === undefined || repository.toLowerCase() === only.toLowerCase();

  const hint = (guid: string, repository: string, issue: number): void => {
    if (!concerns(repository) || !deliveries.begin(guid)) return;
    log.info({ delivery: guid, repository, issue }, "hint");
    void hints.push({ repository: only ?? repository, issue }).then((worked) => {
      deliveries.end(guid, worked ? "done" : "failed");
    });
  };

  app.on("issues", async ({ id, payload }) => {
    // Labels and states are our own answer: reading it back would lead nowhere.
    const echo =
      payload.sender.type === "Bot" &&
      ["labeled", "unlabeled", "closed", "reopened"].includes(payload.action);
    if (!echo) hint(id, payload.repository.full_name, payload.issue.number);
  });

  app.on("issue_comment", async ({ id, payload }) => {
    const own = payload.comment.performed_via_github_app?.id === appId;
    if (!own && payload.issue.pull_request === undefined) {
      hint(id, payload.repository.full_name, payload.issue.number);
    }
  });

  app.on("push", async ({ payload: { ref, repository, commits } }) => {
    if (!concerns(repository.full_name) || ref !== `refs/heads/${repository.default_branch}`) return;
    const touched = commits.flatMap(({ added, modified, removed }) => [added, modified, removed].flat());
    // A forced push lists no commits.
    if (commits.length === 0 || touched.includes("realm.yaml")) sweeps.request({ whole: true });
  });

  app.on(["installation", "installation_repositories"], async () => {
    work.forget();
    sweeps.request({ whole: true });
  });
}
