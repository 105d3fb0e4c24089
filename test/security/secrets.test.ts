import { execFile } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createLogger } from "../../app/logger.ts";
import { Failure } from "../../core/failure.ts";
import { newPrivateKey } from "../../sandbox/forge/apps.ts";
import { issueEvent, runApp, until } from "../app/running-app.ts";

const TOKEN = "ghp_0123456789abcdefghijABCDEFGHIJ012345";
const AWS = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY00";
const dist = (name: string) => fileURLToPath(new URL(`../../dist/${name}`, import.meta.url));

let folder = "";
let pem = "";
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "warren-test-"));
  pem = await newPrivateKey();
  writeFileSync(join(folder, "app.pem"), pem, { mode: 0o600 });
});
afterAll(() => rmSync(folder, { recursive: true }));

/** All that a program wrote. */
const wroteBy = (args: readonly string[], env: Record<string, string>): Promise<string> =>
  new Promise((resolve) => {
    const options = { env: { PATH: process.env.PATH ?? "", HOME: folder, ...env }, timeout: 15_000 };
    execFile(process.execPath, [...args], options, (_error, stdout, stderr) =>
      resolve(stdout + stderr),
    ).stdin?.end();
  });
const keyLine = () => pem.split("\n")[1] ?? "";

describe("whoever reads logs and terminals", () => {
  it("finds no token where GitHub does not answer, not even with details asked for", async () => {
    for (const command of [["approve", "1", "0123456789ab"], ["enroll", "333.hula.atlas"], ["reconcile"]]) {
      const env = { GITHUB_TOKEN: TOKEN, GH_TOKEN: TOKEN, AWS_SECRET_ACCESS_KEY: AWS, WARREN_DEBUG: "1" };
      const wrote = await wroteBy([dist("warren.js"), ...command], {
        ...env,
        GITHUB_API_URL: "http://127.0.0.1:9",
      });
      expect(wrote).not.toBe("");
      for (const secret of [TOKEN, AWS]) expect(wrote).not.toContain(secret);
    }
  });

  it("finds neither key nor secret of an app that starts, fails to reach GitHub and ends", async () => {
    const wrote = await wroteBy([dist("app.js")], {
      PORT: "0",
      APP_ID: "1",
      PRIVATE_KEY_PATH: join(folder, "app.pem"),
      WEBHOOK_SECRET: TOKEN,
      AWS_SECRET_ACCESS_KEY: AWS,
      GITHUB_API_URL: "http://127.0.0.1:9",
      WARREN_REPOSITORY: "wildlife/atlas",
      WARREN_PARENT: "stdin",
    });
    expect(wrote).toContain('"ready":true');
    for (const secret of [TOKEN, AWS, keyLine(), "PRIVATE KEY"]) expect(wrote).not.toContain(secret);
  });

  it("finds neither in what the app says of wrong settings", async () => {
    const wrote = await wroteBy([dist("app.js")], {
      APP_ID: TOKEN,
      PRIVATE_KEY: pem.slice(0, 400),
      WEBHOOK_SECRET: AWS,
    });
    expect(wrote).not.toBe("");
    for (const secret of [AWS, keyLine()]) expect(wrote).not.toContain(secret);
  });

  it("finds a private key that others could read refused, and not shown", async () => {
    const open = join(folder, "open.pem");
    writeFileSync(open, pem);
    chmodSync(open, 0o644);
    const wrote = await wroteBy([dist("app.js")], {
      APP_ID: "1",
      PRIVATE_KEY_PATH: open,
      WEBHOOK_SECRET: AWS,
    });
    expect(wrote).toContain("chmod 600");
    expect(wrote).not.toContain(keyLine());
  });

  it("finds nothing of a request that a library hands to the logger with its error", () => {
    const lines: string[] = [];
    const logger = createLogger("info", (line) => lines.push(line));
    const request = { headers: { authorization: `token ${TOKEN}` }, url: "https://api.github.com" };
    logger.error(Object.assign(new Error("failed"), { request }), "request failed");
    logger.error({ err: Object.assign(new Error("failed"), { request }), headers: request.headers }, "again");
    logger.info({ request, event: { payload: { body: TOKEN } } }, "event");
    expect(lines).toHaveLength(3);
    expect(lines.join("")).not.toContain(TOKEN);
  });

  it("finds numbers of issues in the app's log, and no title, body or webhook secret", async () => {
    const app = await runApp({
      admit: async () => {
        throw new Failure("refused", "no");
      },
    });
    await app.deliver("issues", issueEvent(7), { secret: "guessed" });
    await app.deliver("issues", issueEvent(8));
    await until(() =>
      app.log.some((line) => line.includes('"number":8') && line.includes("left to the sweep")),
    );
    await app.service.stop();
    for (const secret of ["secret-title", "secret-body", "Secret to Everybody", "PRIVATE KEY"]) {
      expect(app.log.join("")).not.toContain(secret);
    }
  });
});
