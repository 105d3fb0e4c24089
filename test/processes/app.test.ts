import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { execaNode, type Options } from "execa";
import { newPrivateKey } from "../../sandbox/forge/apps.ts";

/** What `npm run build` made. */
const program = fileURLToPath(new URL("../../dist/app.js", import.meta.url));
let dir: string;
let environment: Record<string, string>;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "warren-app-"));
  const key = join(dir, "app.pem");
  writeFileSync(key, await newPrivateKey(), { mode: 0o600 });
  environment = {
    PATH: process.env.PATH ?? "",
    PORT: "0",
    APP_ID: "1",
    PRIVATE_KEY_PATH: key,
    WEBHOOK_SECRET: "s",
    GITHUB_API_URL: "http://127.0.0.1:9",
    WARREN_REPOSITORY: "wildlife/atlas",
    WARREN_PARENT: "stdin",
  };
});
afterAll(() => rmSync(dir, { recursive: true }));

const start = (env: Record<string, string>) =>
  execaNode(program, {
    env,
    extendEnv: false,
    reject: false,
    timeout: 15_000,
    stdin: "pipe",
  } satisfies Options);

async function readyLine({ stdout }: ReturnType<typeof start>): Promise<{ ready: boolean; url: string }> {
  if (stdout === null) throw new Error("the app has no output");
  const [line] = await once(stdout, "data");
  return JSON.parse(String(line));
}

describe("the app's process", () => {
  it("says in one line where it listens, answers there, and stops at SIGTERM", async () => {
    const app = start(environment);
    const { ready, url } = await readyLine(app);
    expect(ready).toBe(true);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    app.kill("SIGTERM");
    expect(await app).toMatchObject({ exitCode: 0 });
  });

  it("ends when whoever started it is gone", async () => {
    const app = start(environment);
    await readyLine(app);
    app.stdin?.end();
    expect(await app).toMatchObject({ exitCode: 0 });
  });

  it("does not start without a secret", async () => {
    const { WEBHOOK_SECRET: _, ...rest } = environment;
    const { exitCode, stderr, stdout } = await start(rest);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toBe("WEBHOOK_SECRET is missing; set it to the secret of the App's webhook");
  });
});
