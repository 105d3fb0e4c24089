import { describe, expect, it } from "@jest/globals";
import { DRIFT_TITLE } from "../../adapters/github/notices.ts";
import { NO_DRIFT } from "../../core/access/drift.ts";
import { unavailable } from "../../core/failure.ts";
import type { Notice } from "../../core/ports/notices.ts";
import { readSubmission } from "../../core/submission/submission.ts";
import { noticeDrift } from "../../flows/drift.ts";
import type { ProxySync } from "../../flows/sync.ts";

const open: Notice = { number: 7, body: "old" };

/** What became of the issue. */
const noticed = async (results: readonly ProxySync[], before: readonly Notice[] = []) => {
  const done: unknown[] = [];
  const notices = {
    show: async (_open: readonly Notice[], body: string) => void done.push(body),
    close: async (closed: readonly Notice[]) => void done.push(closed),
  };
  await noticeDrift(
    notices,
    {
      realm: { text: "", commit: "", repositoryId: 1, link: "" },
      defaultBranch: "main",
      registry: undefined,
      notices: before,
    },
    results,
  );
  return done;
};

const same: ProxySync = { proxy: "eu", kind: "same", drift: NO_DRIFT };
const down: ProxySync = {
  proxy: "us",
  kind: "failed",
  failure: unavailable("proxy us", "x"),
  drift: NO_DRIFT,
};

describe("the issue about drift", () => {
  it("is left alone where there is none and nothing drifted", async () => {
    expect(await noticed([same])).toEqual([]);
  });

  it("is closed once a sync finds nothing, but not while a proxy does not answer", async () => {
    expect(await noticed([same], [open])).toEqual([[open]]);
    expect(await noticed([same, down], [open])).toEqual([]);
  });

  it("shows what a proxy says as inert text", async () => {
    const host = ["sshd: #1 @alice `x` <img src=x> https://example.org GH-12"];
    const files = [{ kind: "unknown", path: "a`@bob" } as const];
    const [body] = await noticed([{ ...same, drift: { files, host } }]);
    expect(body).toContain("- ``a`@bob is none of Warren's``\n");
    expect(body).toContain("- ``sshd: #1 @alice `x` <img src=x> https://example.org GH-12``\n");
    expect(body).toContain("No sync mends the host");
  });

  it("is no submission by its title", () => {
    expect(readSubmission(DRIFT_TITLE, "").kind).toBe("none");
  });
});
