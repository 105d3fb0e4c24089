import type { AppLook } from "../../core/inspection.ts";
import { type Check, type Finding, ok, problem, unknown } from "./check.ts";

/** As app.yml asks for them; a test holds them together. */
export const APP_PERMISSIONS: Readonly<Record<string, "read" | "write">> = {
  metadata: "read",
  issues: "write",
  contents: "write",
  checks: "write",
  pull_requests: "write",
  members: "read",
};
export const APP_EVENTS: readonly string[] = ["issues", "issue_comment", "push", "pull_request"];

const SHOW = "APP_ID=… PRIVATE_KEY_PATH=… warren doctor";

/** Whether the App is installed on the repository, with what it needs. */
export const appCheck = (app: AppLook | undefined): Check => ({
  name: "app",
  run: async () => {
    if (app === undefined)
      return [unknown("could not look: only the App itself sees its installation", SHOW)];
    const found = await app.installation();
    if (found === undefined) {
      return [
        problem("the App is not installed on the repository", "its settings, Install App; see docs/app.md"),
      ];
    }
    const { permissions, events } = found;
    const lacking = Object.entries(APP_PERMISSIONS).filter(
      ([name, level]) =>
        permissions[name] !== level && permissions[name] !== "write" && permissions[name] !== "admin",
    );
    const deaf = APP_EVENTS.filter((event) => !events.includes(event));
    const findings: Finding[] = [];
    if (lacking.length > 0) {
      const names = lacking.map(([name, level]) => `${name}: ${level}`).join(", ");
      findings.push(
        problem(
          `the App lacks ${names}`,
          "its settings, Permissions & events; then accept them where it is installed",
        ),
      );
    }
    if (deaf.length > 0) {
      findings.push(
        problem(`the App hears nothing of ${deaf.join(", ")}`, "its settings, Permissions & events"),
      );
    }
    return findings.length > 0 ? findings : [ok("the App is installed, with all it needs")];
  },
});

const LATELY_MS = 24 * 3600 * 1000;
const MOST_READ = 500;

/** Whether GitHub could hand over what happened in the last 24 hours. */
export const webhookCheck = (app: AppLook | undefined, now: () => Date): Check => ({
  name: "webhook",
  run: async () => {
    if (app === undefined) return [unknown("could not look: only the App itself sees its deliveries", SHOW)];
    const since = now().getTime() - LATELY_MS;
    const taken = new Set<string>();
    const failed = new Set<string>();
    let read = 0;
    for await (const { guid, at, taken: isTaken } of app.deliveries()) {
      if (at.getTime() < since || ++read > MOST_READ) break;
      if (isTaken) taken.add(guid);
      else failed.add(guid);
    }
    const lost = [...failed].filter((guid) => !taken.has(guid)).length;
    return lost === 0
      ? [ok(`${taken.size} events of the last 24 hours were taken`)]
      : [
          problem(
            `${lost} of ${lost + taken.size} events of the last 24 hours were not taken`,
            "see that the app runs and GitHub can reach it: the App's settings, Advanced, Recent Deliveries",
          ),
        ];
  },
});
