import { createRequire } from "node:module";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import * as z from "zod";
import type { Work } from "../../app/work.ts";
import { ignored, type RunningApp, runApp } from "./running-app.ts";

/** GitHub's own examples. A third of them is older than today's schemas: the app must bear those too. */
const examples = z
  .array(z.object({ name: z.string(), examples: z.array(z.looseObject({ action: z.string().optional() })) }))
  .parse(createRequire(import.meta.url)("@octokit/webhooks-examples"))
  .flatMap(({ name, examples }) => examples.map((payload) => ({ name, payload })));

const admitted = new Set<string>();
let app: RunningApp;
beforeAll(async () => {
  const admit: Work["admit"] = async (repository) => {
    admitted.add(repository);
    return ignored;
  };
  // The repository that most of them are about.
  app = await runApp({ admit }, { repository: { owner: "Codertocat", repo: "Hello-World" } });
});
afterAll(() => app.service.stop());

describe("the app", () => {
  it("takes every example that GitHub gives of a webhook", async () => {
    const answers: string[] = [];
    for (const { name, payload } of examples) {
      const status = await app.deliver(name, payload);
      if (status !== 200) answers.push(`${name}.${payload.action}: ${status}`);
    }
    expect(examples.length).toBeGreaterThan(300);
    expect(answers).toEqual([]);
    expect([...admitted]).toEqual(["Codertocat/Hello-World"]);
    expect(
      app.log.filter((line) => z.object({ level: z.number() }).parse(JSON.parse(line)).level >= 50),
    ).toEqual([]);
  });
});
