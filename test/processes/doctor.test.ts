import { execFile } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import * as z from "zod";
import { LONG } from "../made/long.ts";
import { RunningSandbox, until } from "../made/running-sandbox.ts";

const WARREN = fileURLToPath(new URL("../../dist/warren.js", import.meta.url));
const ID = "335.hula.atlas";
const dir = mkdtempSync(join(tmpdir(), "warren-doctor-"));
let sandbox: RunningSandbox;
beforeAll(async () => {
  sandbox = await RunningSandbox.start();
}, 30_000);
afterAll(async () => {
  await sandbox.end("SIGTERM");
  rmSync(dir, { recursive: true });
});

const finding = z.object({ outcome: z.string(), says: z.string(), fix: z.string().optional() });
const answer = z.object({ checks: z.array(z.object({ name: z.string(), findings: z.array(finding) })) });

/** Runs `warren` in an empty folder, as somebody of the sandbox's realm. */
function run(login: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { forge, dir: held } = sandbox.ready;
  const all = {
    PATH: process.env.PATH ?? "",
    HOME: dir,
    GITHUB_API_URL: forge,
    GITHUB_TOKEN: `sandbox-${login}`,
    NODE_EXTRA_CA_CERTS: join(held, "ca/ca.pem"),
    ...env,
  };
  return new Promise<{ status: number; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, [WARREN, ...args], { cwd: dir, env: all }, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : Number(error.code ?? 1), stdout, stderr });
    });
  });
}
async function doctor(args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
  const { status, stdout } = await run("alice", ["doctor", "--json", ...args], env);
  const { checks } = answer.parse(JSON.parse(stdout));
  const wrong = checks.flatMap(({ name, findings }) =>
    findings
      .filter(({ outcome }) => outcome !== "ok")
      .map(({ outcome, says }) => `${outcome} ${name}: ${says}`),
  );
  return { status, checks, wrong };
}

/** Enrolments and retries take their time. */
const long = LONG ? it : it.skip;

describe("warren doctor", () => {
  it("finds nothing wrong with the sandbox's realm but what a sandbox can't have", async () => {
    const keys = join(sandbox.ready.dir, "keys");
    const app = await fetch(`${sandbox.ready.forge}/apps/warren`);
    const { id } = z.object({ id: z.number() }).parse(await app.json());
    const env = { APP_ID: String(id), PRIVATE_KEY_PATH: join(keys, "app.pem") };
    const look = async () => {
      const seen = await doctor(["--repository", "wildlife/atlas", "--sync-key", join(keys, "sync")], env);
      // The sandbox's first sync may still be under way.
      return seen.wrong.some((line) => /behind the registry|no branch/.test(line)) ? undefined : seen;
    };
    const { status, wrong, checks } = await until(look);
    expect(wrong).toEqual([
      // It has the action's program, and no workflow that runs it.
      "problem files: .github/ISSUE_TEMPLATE/enroll.yml is missing",
      "problem files: .github/ISSUE_TEMPLATE/revoke.yml is missing",
      "problem files: .github/workflows/sync-proxy.yml is missing: nothing brings accepted computers to the proxies",
      "problem files: .github/CODEOWNERS is missing",
      "problem settings: environment warren-sync is missing",
      "problem settings: variable WARREN_SYNC is not true: the workflow does nothing",
      // Its proxies live as long as it does, and are no host that `prepare` set up.
      "problem proxy eu: no spare host key is pinned: if this host is lost, every computer must be visited",
      ...wrong.filter((line) => line.startsWith("problem proxy eu: drift: this host was not set up")),
    ]);
    expect(status).toBe(1);
    expect(
      checks.every(({ findings }) => findings.every(({ outcome, fix }) => outcome === "ok" || fix)),
    ).toBe(true);
  });

  it("says in an empty folder what it looked at, and what to do", async () => {
    const { status, wrong } = await doctor();
    expect(wrong).toEqual([
      `unknown realm: no realm was looked at: there is no realm.yaml here; no computer is enrolled in ${dir}/.config/warren`,
    ]);
    expect(status).toBe(0);
  });

  long(
    "looks at a computer that is enrolled here, and changes nothing of it",
    async () => {
      const args = ["enroll", ID, "--repository", "wildlife/atlas"];
      expect(await run("alice", args)).toMatchObject({ status: 0 });
      const folder = join(dir, ".config/warren", ID);
      const before = readdirSync(folder).map((name) => [name, statSync(join(folder, name)).mtimeMs]);
      const well = await doctor();
      expect(well.wrong.filter((line) => line.includes(ID))).toEqual([]);
      expect(well.checks.map(({ name }) => name).filter((name) => name.startsWith(ID))).toEqual(
        ["files", "proxy", "directory", "certificate", "broker"].map((what) => `${ID} ${what}`),
      );
      expect(readdirSync(folder).map((name) => [name, statSync(join(folder, name)).mtimeMs])).toEqual(before);
      chmodSync(join(folder, "identity"), 0o644);
      const { status, wrong } = await doctor();
      // ssh itself refuses a key that others can read.
      expect(wrong[1]).toBe(`problem ${ID} files: ${folder}/identity has mode 644: others can read it`);
      expect(status).toBe(1);
      chmodSync(join(folder, "identity"), 0o600);
    },
    60_000,
  );

  long("exits 3 where GitHub does not answer", async () => {
    const env = { GITHUB_API_URL: "http://127.0.0.1:9" };
    const { status, wrong } = await doctor(["--repository", "wildlife/atlas"], env);
    expect(wrong[0]).toMatch(/^unknown github: could not look: forge 127\.0\.0\.1:9 does not answer/);
    expect(status).toBe(3);
  });

  it("reads no key of the App's that others can read", async () => {
    const key = join(sandbox.ready.dir, "keys/app.pem");
    chmodSync(key, 0o644);
    const env = { APP_ID: "1", PRIVATE_KEY_PATH: key };
    const { status, stderr } = await run("alice", ["doctor", "--repository", "wildlife/atlas"], env);
    chmodSync(key, 0o600);
    expect(stderr).toContain("can be read by others");
    expect(status).toBe(2);
  });
});
