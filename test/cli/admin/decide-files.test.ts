import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "@jest/globals";
import { decideFiles } from "../../../cli/admin/decide-files.ts";
import { KEYS } from "../../fixtures/people.ts";

const dir = mkdtempSync(join(tmpdir(), "warren-decide-"));
afterAll(() => rmSync(dir, { recursive: true }));

/** As `GET /repos/{owner}/{repo}/issues/{number}` gives it, cut to what counts. */
const rest = {
  number: 7,
  title: "333.hula.atlas.sshkey.pub",
  body: KEYS[0],
  user: { login: "alice", id: 583231 },
  created_at: "2026-11-01T00:00:00Z",
  state: "open",
  performed_via_github_app: null,
};

async function decided(file: unknown) {
  const issue = join(dir, "issue.json");
  writeFileSync(issue, typeof file === "string" ? file : JSON.stringify(file));
  const { decision } = await decideFiles({ realm: "realm.yaml", registry: undefined, issue });
  return decision;
}

const rules = (decision: Record<string, unknown>) =>
  (decision.because as { rule: string }[]).map(({ rule }) => rule);

describe("decideFiles", () => {
  it("decides an issue as the REST API gives it, and says that its history is unknown", async () => {
    const decision = await decided(rest);
    expect(decision).toMatchObject({
      kind: "grant",
      computer: "333.hula.atlas",
      submission: "sshkey",
      digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      keys: [{ type: "ssh-ed25519", bits: 256, fingerprint: expect.stringMatching(/^SHA256:/) }],
      approvers: [],
    });
    expect((decision.because as object[])[0]).toEqual({
      rule: "systems.hula.trust[0]",
      at: expect.stringMatching(/^realm\.yaml:\d+:\d+$/),
      says: "alice (583231) may enrol devices in hula",
    });
    expect(rules(decision)).toContain("issue.history");
  });

  it("counts edits by others against the issue", async () => {
    const history = {
      lastEditedAt: "2026-11-02T00:00:00Z",
      editor: { login: "eve", databaseId: 13 },
      renames: [],
    };
    expect(await decided({ issue: rest, history })).toMatchObject({ kind: "refuse" });
    const own = { lastEditedAt: "2026-11-02T00:00:00Z", editor: { login: "alice", databaseId: 583231 } };
    expect(await decided({ issue: rest, history: own })).toMatchObject({ kind: "grant" });
    const gone = { lastEditedAt: "2026-11-02T00:00:00Z", editor: null };
    expect(await decided({ issue: rest, history: gone })).toMatchObject({ kind: "refuse" });
    const renames = [
      { previousTitle: "hello", currentTitle: rest.title, actor: { login: "eve", databaseId: 13 } },
    ];
    expect(
      await decided({ issue: rest, history: { lastEditedAt: null, editor: null, renames } }),
    ).toMatchObject({
      kind: "refuse",
    });
  });

  it("counts the teams that the file names, for the author", async () => {
    const issue = { ...rest, user: { login: "eve", id: 13 } };
    expect(await decided({ issue, teams: ["wildlife/field"] })).toMatchObject({
      kind: "ask",
      approvers: [
        { login: "bob", id: 583232 },
        { login: "alice", id: 583231 },
      ],
    });
    expect(await decided({ issue, teams: [] })).toMatchObject({ kind: "refuse" });
  });

  it("leaves issues alone that are no submissions", async () => {
    expect(await decided({ ...rest, title: "hello" })).toMatchObject({ kind: "none" });
  });

  it("refuses a body that can't be understood, and issues made through an app", async () => {
    expect(rules(await decided({ ...rest, body: "hello" }))).toEqual(["submission.text"]);
    expect(rules(await decided({ ...rest, performed_via_github_app: { id: 1 } }))).toEqual(["issue.author"]);
  });

  it.each([
    ["no JSON", "{"],
    ["no issue", "{}"],
    ["a list", "[]"],
  ])("fails on a file that holds %s", async (_, text) => {
    await expect(decided(text)).rejects.toMatchObject({ code: "usage" });
  });

  it("fails on files that are not there", async () => {
    const files = { realm: "realm.yaml", registry: undefined, issue: join(dir, "nope.json") };
    await expect(decideFiles(files)).rejects.toMatchObject({ code: "usage" });
    await expect(decideFiles({ ...files, realm: join(dir, "nope.yaml") })).rejects.toMatchObject({
      code: "usage",
    });
    await expect(decideFiles({ ...files, registry: dir })).rejects.toMatchObject({ code: "usage" });
  });
});
