import { afterEach, describe, expect, it } from "@jest/globals";
import { createLogger } from "../../app/logger.ts";
import { Rechecks } from "../../app/rechecks.ts";
import { idle, pushEvent, type RunningApp, runApp, until } from "./running-app.ts";

let app: RunningApp | undefined;
afterEach(() => app?.service.stop());

/** Pull requests 4 and 5 touch realm.yaml. */
function noting() {
  const checked: number[] = [];
  let lists = 0;
  return {
    checked,
    lists: () => lists,
    work: {
      pullRequests: async () => {
        lists += 1;
        return [4, 5];
      },
      onPullRequest: async (_repository: string, number: number) => {
        checked.push(number);
        return "checked" as const;
      },
    },
  };
}

describe("open pull requests on realm.yaml", () => {
  it("are checked at the start, for no webhook told of them", async () => {
    const { checked, work } = noting();
    app = await runApp(work);
    await until(() => checked.length === 2);
    expect(checked).toEqual([4, 5]);
  });

  it("that were postponed are no failures, and are not tried again at once", async () => {
    const { checked, work } = noting();
    app = await runApp({
      ...work,
      onPullRequest: async (...of) => (await work.onPullRequest(...of)) && "postponed",
    });
    await until(() => checked.length === 2);
    await app.service.stop();
    expect(checked).toEqual([4, 5]);
    expect(app.log.join("")).toContain("check postponed");
    expect(app.log.join("")).not.toContain("left to the sweep");
  });

  it("are checked again when the registry or realm.yaml moves, many moves together", async () => {
    const { checked, lists, work } = noting();
    app = await runApp({ ...work, repositories: async () => [] });
    for (const ref of ["refs/heads/registry", "refs/heads/registry", "refs/heads/main"])
      await app.deliver("push", pushEvent(ref, ["realm.yaml"]));
    await until(() => checked.length >= 2);
    expect(checked).toEqual([4, 5]);
    expect(lists()).toBe(1);
    await app.deliver("push", pushEvent("refs/heads/main", ["README.md"]));
    expect(lists()).toBe(1);
  });

  it("are tried again after a sweep where a check failed, and no others", async () => {
    const { checked, work } = noting();
    const log = createLogger("error", () => undefined);
    const push = async ({ number }: { number: number }) => checked.push(number) > 0;
    const rechecks = new Rechecks({
      work: { ...idle, ...work, repositories: async () => [] },
      hints: { push },
      log,
      everyMs: 1,
    });
    await rechecks.afterSweeps();
    expect(checked).toEqual([]);
    rechecks.later("wildlife/atlas");
    await rechecks.afterSweeps();
    await until(() => checked.length === 2);
    await rechecks.afterSweeps();
    await rechecks.stop();
    expect(checked).toEqual([4, 5]);
  });
});
