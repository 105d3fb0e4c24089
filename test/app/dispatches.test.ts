import { describe, expect, it } from "@jest/globals";
import { Dispatches } from "../../app/dispatches.ts";
import { Failure } from "../../core/failure.ts";
import { until } from "./running-app.ts";

describe("what starts a sync", () => {
  it("is said at once, then once for all that came in its time, and what is left when the app stops", async () => {
    const said: string[] = [];
    const dispatches = new Dispatches({
      send: async (repository) => void said.push(repository),
      sent: () => undefined,
      everyMs: 60_000,
    });
    for (let time = 0; time < 100; time++) dispatches.request("wildlife/atlas");
    dispatches.request("wildlife/other");
    await until(() => said.length === 2);
    for (let time = 0; time < 100; time++) dispatches.request("wildlife/atlas");
    await new Promise((resolve) => setImmediate(resolve));
    expect(said).toEqual(["wildlife/atlas", "wildlife/other"]);
    await dispatches.stop();
    expect(said).toEqual(["wildlife/atlas", "wildlife/other", "wildlife/atlas"]);
  });

  it("is said again when GitHub did not answer, and given up when it said no", async () => {
    const outcomes: unknown[] = [];
    let tries = 0;
    const dispatches = new Dispatches({
      send: async (repository) => {
        tries += 1;
        if (repository === "no/no") throw new Failure("refused", "no");
        if (tries < 3) throw new Failure("unavailable", "forge does not answer");
      },
      sent: (_repository, error) => outcomes.push(error instanceof Failure ? error.code : "sent"),
      everyMs: 1,
    });
    dispatches.request("wildlife/atlas");
    await until(() => outcomes.length === 3);
    dispatches.request("no/no");
    await until(() => outcomes.length === 4);
    await dispatches.stop();
    expect(outcomes).toEqual(["unavailable", "unavailable", "sent", "refused"]);
  });
});
