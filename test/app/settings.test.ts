import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { readSettings } from "../../app/settings.ts";
import { newPrivateKey } from "../../sandbox/forge/apps.ts";

let dir: string;
let key: string;
let file: string;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "warren-settings-"));
  key = await newPrivateKey();
  file = join(dir, "app.pem");
  writeFileSync(file, key, { mode: 0o600 });
});
afterAll(() => rmSync(dir, { recursive: true }));

const problemsOf = (environment: Record<string, string>): readonly string[] => {
  const read = readSettings(environment);
  return read.ok ? [] : read.problems;
};

describe("the app's settings", () => {
  it("come from the environment, with a loopback address unless another is asked for", () => {
    const read = readSettings({
      PORT: "0",
      APP_ID: "17",
      PRIVATE_KEY_PATH: file,
      WEBHOOK_SECRET: "s",
      GITHUB_API_URL: "http://127.0.0.1:8080/",
      WARREN_REPOSITORY: "wildlife/atlas",
      WARREN_PARENT: "stdin",
    });
    expect(read).toEqual({
      ok: true,
      settings: {
        host: "127.0.0.1",
        port: 0,
        appId: 17,
        privateKey: key,
        webhookSecret: "s",
        apiUrl: "http://127.0.0.1:8080",
        repository: { owner: "wildlife", repo: "atlas" },
        sweepSeconds: 300,
        endsWithStdin: true,
        logLevel: "info",
      },
    });
  });

  it("take the key of the realm's own CA, from a file that nobody else reads, and never quote it", () => {
    const given = { APP_ID: "17", PRIVATE_KEY: key, WEBHOOK_SECRET: "s" };
    expect(readSettings({ ...given, WARREN_CA_KEY_PATH: file })).toMatchObject({ settings: { caKey: key } });
    expect(problemsOf({ ...given, WARREN_CA_KEY: "no key" })).toEqual([
      "WARREN_CA_KEY holds no private key; use ca-key.pem of `warren broker ca`",
    ]);
    const open = join(dir, "open-key");
    writeFileSync(open, key, { mode: 0o644 });
    chmodSync(open, 0o644);
    expect(problemsOf({ ...given, WARREN_CA_KEY_PATH: open })).toEqual([
      `WARREN_CA_KEY_PATH ${open} has mode 644; chmod 600 ${open}`,
    ]);
  });

  it("take the secret from a file, and from systemd one that its access list opens to the service", () => {
    const secret = join(dir, "webhook-secret");
    writeFileSync(secret, "s\n", { mode: 0o440 });
    chmodSync(secret, 0o440);
    const given = { APP_ID: "17", PRIVATE_KEY: key, WEBHOOK_SECRET_PATH: secret, METRICS_PORT: "9464" };
    expect(problemsOf(given)).toEqual([`WEBHOOK_SECRET_PATH ${secret} has mode 440; chmod 600 ${secret}`]);
    const elsewhere = { ...given, CREDENTIALS_DIRECTORY: join(dir, "other") };
    expect(problemsOf(elsewhere)).toHaveLength(1);
    expect(readSettings({ ...given, CREDENTIALS_DIRECTORY: dir })).toMatchObject({
      settings: { webhookSecret: "s", metrics: { host: "127.0.0.1", port: 9464 } },
    });
    writeFileSync(join(dir, "empty"), "\n", { mode: 0o600 });
    expect(problemsOf({ ...given, WEBHOOK_SECRET_PATH: join(dir, "empty") })).toEqual([
      "WEBHOOK_SECRET is empty; set it to the secret of the App's webhook",
    ]);
  });

  it("take a key with its line ends escaped, as one line of an environment file holds it", () => {
    const one = { APP_ID: "17", PRIVATE_KEY: key.replaceAll("\n", "\\n"), WEBHOOK_SECRET: "s" };
    expect(readSettings(one)).toMatchObject({ ok: true, settings: { privateKey: key } });
  });

  it("are refused with all their problems at once, a missing secret among them", () => {
    expect(
      problemsOf({ PORT: "http", WARREN_REPOSITORY: "atlas", LOG_LEVEL: "debug", WEBHOOK_SECRET: "" }),
    ).toEqual([
      'PORT is "http"; use a number from 0 to 65535',
      "APP_ID is missing; set it to a number",
      "WEBHOOK_SECRET is missing; set it to the secret of the App's webhook",
      "PRIVATE_KEY_PATH is missing; set it to the App's private key file",
      'WARREN_REPOSITORY is "atlas"; write owner/name',
      'LOG_LEVEL is "debug"; use info, warn, error',
    ]);
  });

  it("refuse a key file that others may read, one that is none, and never quote it", () => {
    const rest = { APP_ID: "17", WEBHOOK_SECRET: "s", PRIVATE_KEY_PATH: file };
    chmodSync(file, 0o644);
    expect(problemsOf(rest)).toEqual([`PRIVATE_KEY_PATH ${file} has mode 644; chmod 600 ${file}`]);
    chmodSync(file, 0o600);
    expect(problemsOf({ ...rest, PRIVATE_KEY: "hunter2" })).toEqual([
      "PRIVATE_KEY holds no private key; use the PEM file that GitHub made",
    ]);
    expect(problemsOf({ ...rest, PRIVATE_KEY_PATH: join(dir, "none") })).toEqual([
      expect.stringMatching(/can't be read: ENOENT/),
    ]);
  });
});
