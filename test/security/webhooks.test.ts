import { createHmac, randomUUID } from "node:crypto";
import { afterEach, describe, expect, it } from "@jest/globals";
import type { Work } from "../../app/work.ts";
import { commentEvent, ignored, issueEvent, type RunningApp, runApp, until } from "../app/running-app.ts";

let app: RunningApp | undefined;
afterEach(() => app?.service.stop());

async function attacked() {
  const told: unknown[][] = [];
  const admit: Work["admit"] = async (...args) => {
    told.push(args);
    return ignored;
  };
  app = await runApp({ admit });
  return { told, app };
}

describe("a webhook forger", () => {
  it.each(["guessed", "", "It's a secret to everybody"])(
    "with the secret %j is not heard",
    async (secret) => {
      const { told, app } = await attacked();
      expect(await app.deliver("issues", issueEvent(7), { secret })).toBe(400);
      expect(await app.deliver("issues", issueEvent(8))).toBe(200);
      await until(() => told.length > 0);
      expect(told).toEqual([["wildlife/atlas", 8]]);
    },
  );

  it.each([
    ["no signature", {}],
    ["the older SHA-1", { "x-hub-signature": `sha1=${"0".repeat(40)}` }],
    ["an empty one", { "x-hub-signature-256": "sha256=" }],
    ["two", { "x-hub-signature-256": `sha256=${"0".repeat(64)}, sha256=${"1".repeat(64)}` }],
  ])("with %s is not heard", async (_what, headers) => {
    const { told, app } = await attacked();
    const body = JSON.stringify(issueEvent(7));
    const response = await fetch(`${app.service.url}/api/github/webhooks`, {
      method: "POST",
      headers: { "x-github-event": "issues", "x-github-delivery": randomUUID(), ...headers },
      body,
    });
    expect(response.status).toBe(400);
    expect(told).toEqual([]);
  });

  it("who changes one blank of a signed delivery is not heard: the bytes count, not their meaning", async () => {
    const { told, app } = await attacked();
    const body = JSON.stringify(issueEvent(7));
    const signature = createHmac("sha256", "It's a Secret to Everybody").update(body).digest("hex");
    const send = (text: string) =>
      fetch(`${app.service.url}/api/github/webhooks`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "x-github-event": "issues",
          "x-github-delivery": randomUUID(),
          "x-hub-signature-256": `sha256=${signature}`,
        },
        body: text,
      });
    expect((await send(body.replace(":", ": "))).status).toBe(400);
    expect(told).toEqual([]);
    expect((await send(body)).status).toBe(200);
    await until(() => told.length === 1);
  });
});

describe("a webhook replayer", () => {
  it("who sends a true delivery again has it counted once", async () => {
    const { told, app } = await attacked();
    const guid = randomUUID();
    expect(await app.deliver("issues", issueEvent(7), { guid })).toBe(200);
    await until(() => told.length === 1);
    await app.deliver("issues", issueEvent(7), { guid });
    await app.deliver("issues", issueEvent(8));
    await until(() => told.length === 2);
    expect(told.map(([, issue]) => issue)).toEqual([7, 8]);
  });

  it("gets an issue read anew by it, and nothing of what the delivery says believed", async () => {
    const { told, app } = await attacked();
    await app.deliver("issue_comment", {
      ...commentEvent(9),
      comment: { body: "/approve 0123456789ab", user: { id: 583231 } },
    });
    await until(() => told.length === 1);
    expect(told).toEqual([["wildlife/atlas", 9]]);
  });
});
