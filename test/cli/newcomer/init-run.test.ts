import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { decideFiles } from "../../../cli/admin/decide-files.ts";
import { validateFile } from "../../../cli/admin/validate-file.ts";
import type { InitOptions } from "../../../cli/newcomer/init-run.ts";
import { initHere } from "../../../cli/newcomer/init-run.ts";
import { Forge } from "../../../sandbox/forge/forge.ts";
import { type ServedForge, serveForge } from "../../../sandbox/forge/serve.ts";
import { KEYS } from "../../fixtures/people.ts";

const base = mkdtempSync(join(tmpdir(), "warren-init-"));
let served: ServedForge;
const before = process.env.GITHUB_API_URL;
beforeAll(async () => {
  const now = () => new Date();
  served = await serveForge(
    new Forge({ now, owner: "wildlife", repository: "atlas", people: { alice: 583231 } }),
  );
  process.env.GITHUB_API_URL = served.url;
});
afterAll(async () => {
  if (before === undefined) delete process.env.GITHUB_API_URL;
  else process.env.GITHUB_API_URL = before;
  await served.close();
  rmSync(base, { recursive: true });
});

let count = 0;
/** An empty checkout, and a folder for keys beside it. */
function place() {
  count += 1;
  const dir = join(base, `checkout-${count}`);
  mkdirSync(dir);
  return { dir, keys: join(base, `keys-${count}`) };
}
const flags: InitOptions = {
  realm: "atlas",
  repository: "wildlife/atlas",
  admin: "alice",
  system: "hula",
  proxyHost: "tunnels.example.org",
  actions: `acme/warren@${"a".repeat(40)}`,
};
const filesIn = (dir: string) =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(dir.length + 1))
    .sort();
const became = (document: Awaited<ReturnType<typeof initHere>>["document"]) =>
  Object.fromEntries(document.files.map((file) => [file.path, file.became]));

describe("initHere", () => {
  it("writes a realm that validates, and that lets the admin's computer in", async () => {
    const { dir, keys } = place();
    const { lines } = await initHere(dir, { ...flags, keys });
    expect(filesIn(dir)).toEqual([
      ".github/CODEOWNERS",
      ".github/ISSUE_TEMPLATE/enroll.yml",
      ".github/ISSUE_TEMPLATE/revoke.yml",
      ".github/realm.schema.json",
      ".github/workflows/check-realm.yml",
      ".github/workflows/process-submissions.yml",
      ".github/workflows/sync-proxy.yml",
      "realm.yaml",
    ]);
    expect(readFileSync(join(dir, ".github/CODEOWNERS"), "utf8")).toMatch(/^\/realm\.yaml +@alice$/m);
    const realm = join(dir, "realm.yaml");
    expect(await validateFile(realm)).toMatchObject({ valid: true });
    const issue = join(dir, "issue.json");
    const submission = {
      number: 1,
      title: "333.hula.atlas.sshkey.pub",
      body: KEYS[0],
      user: { login: "alice", id: 583231 },
      created_at: "2026-11-01T00:00:00Z",
      state: "open",
      performed_via_github_app: null,
    };
    writeFileSync(issue, JSON.stringify(submission));
    const { decision } = await decideFiles({ realm, registry: undefined, issue });
    expect(decision).toMatchObject({ kind: "grant", computer: "333.hula.atlas" });
    expect(lines.slice(-1)[0]).toContain("warren doctor --repository wildlife/atlas");
  });

  it("says what workflows need instead of the app, and the other way where the app runs", async () => {
    const { dir, keys } = place();
    const alone = (await initHere(dir, { ...flags, keys, dryRun: true })).document.next.join("\n");
    expect(alone).toContain("gh secret set WARREN_APP_PRIVATE_KEY");
    expect(alone).not.toContain("docs/app.md");
    const beside = (await initHere(dir, { ...flags, keys, app: true, dryRun: true })).document;
    expect(beside.next.join("\n")).not.toContain("WARREN_PROCESS");
    expect(beside.next.join("\n")).toContain("docs/app.md");
    expect(became(beside)).not.toHaveProperty([".github/workflows/process-submissions.yml"]);
  });

  it("makes the keys outside the checkout, for nobody else to read, and no second time", async () => {
    const { dir, keys } = place();
    await initHere(dir, { ...flags, keys });
    expect(filesIn(keys)).toEqual([
      "main-spare",
      "main-spare.pub",
      "signing",
      "signing.pub",
      "sync",
      "sync.pub",
    ]);
    for (const name of ["sync", "signing", "main-spare"])
      expect(statSync(join(keys, name)).mode & 0o777).toBe(0o600);
    const first = readFileSync(join(dir, "realm.yaml"), "utf8");
    const again = await initHere(place().dir, { ...flags, keys });
    expect(again.document.keys).toEqual([]);
    expect(first).toContain(readFileSync(join(keys, "signing.pub"), "utf8").split(" ")[1]);
  });

  it("won't make them where they would be committed", async () => {
    const { dir } = place();
    await expect(initHere(dir, { ...flags, keys: join(dir, "keys") })).rejects.toMatchObject({
      code: "usage",
    });
    expect(filesIn(dir)).toEqual([]);
  });

  it("writes nothing, and makes no key, in a dry run", async () => {
    const { dir, keys } = place();
    const { document } = await initHere(dir, { ...flags, keys, dryRun: true });
    expect(became(document)).toMatchObject({ "realm.yaml": "new", ".github/CODEOWNERS": "new" });
    expect(filesIn(dir)).toEqual([]);
    expect(() => statSync(keys)).toThrow();
  });

  it("overwrites nothing unless it is forced to, and realm.yaml never", async () => {
    const { dir, keys } = place();
    await initHere(dir, { ...flags, keys });
    const [form, realm] = [join(dir, ".github/ISSUE_TEMPLATE/enroll.yml"), join(dir, "realm.yaml")];
    writeFileSync(form, "name: mine\n");
    const mine = readFileSync(realm, "utf8").replace("hula:", "tern:");
    writeFileSync(realm, mine);
    const again = { keys, actions: flags.actions ?? "" };
    expect(became((await initHere(dir, again)).document)).toEqual({
      ".github/realm.schema.json": "same",
      ".github/ISSUE_TEMPLATE/enroll.yml": "kept",
      ".github/ISSUE_TEMPLATE/revoke.yml": "same",
      ".github/workflows/sync-proxy.yml": "same",
      ".github/workflows/process-submissions.yml": "same",
      ".github/workflows/check-realm.yml": "same",
      ".github/CODEOWNERS": "same",
    });
    expect(readFileSync(form, "utf8")).toBe("name: mine\n");
    const forced = await initHere(dir, { ...again, force: true });
    expect(became(forced.document)[".github/ISSUE_TEMPLATE/enroll.yml"]).toBe("replaced");
    expect(readFileSync(realm, "utf8")).toBe(mine);
    await expect(initHere(dir, { ...flags, keys })).rejects.toThrow("would change it");
  });

  it("lists every flag that is missing or wrong where nobody can be asked", async () => {
    const { dir } = place();
    const wrong = initHere(dir, {
      realm: "Atlas",
      system: "root",
      proxyPort: "0",
      broker: "aws-iot",
      ports: "1-2",
    });
    await expect(wrong).rejects.toMatchObject({ code: "usage" });
    const says = await wrong.catch((error: Error) => error.message);
    for (const flag of ["realm", "repository", "admin", "system", "proxy-host", "proxy-port", "ports"])
      expect(says).toContain(`--${flag}`);
    for (const flag of ["broker-endpoint", "broker-region"]) expect(says).toContain(`--${flag} is missing`);
    expect(filesIn(dir)).toEqual([]);
  });

  it("asks GitHub for the admin's id, and takes no account that is not there", async () => {
    const { dir, keys } = place();
    await initHere(dir, { ...flags, keys });
    expect(readFileSync(join(dir, "realm.yaml"), "utf8")).toContain("alice: 583231");
    const nobody = initHere(place().dir, { ...flags, keys, admin: "nobody-at-all" });
    await expect(nobody).rejects.toThrow("GitHub knows no account nobody-at-all");
  });

  it("needs no GitHub where the id is given", async () => {
    const { dir, keys } = place();
    const url = process.env.GITHUB_API_URL;
    process.env.GITHUB_API_URL = "http://127.0.0.1:9";
    try {
      await initHere(dir, { ...flags, keys, admin: "bob:7" });
      await expect(initHere(place().dir, { ...flags, keys })).rejects.toMatchObject({
        code: "unavailable",
        hint: expect.stringContaining("--admin alice:ID"),
      });
    } finally {
      process.env.GITHUB_API_URL = url ?? "";
    }
    expect(readFileSync(join(dir, "realm.yaml"), "utf8")).toContain("bob: 7");
  });
});
