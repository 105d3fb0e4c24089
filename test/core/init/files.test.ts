import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "@jest/globals";
import { parse } from "yaml";
import { LocalCa } from "../../../adapters/local-ca/ca.ts";
import { actionUse } from "../../../core/init/action-use.ts";
import type { Answers, BrokerAnswer } from "../../../core/init/answers.ts";
import { ENROLL_FORM, enrollForm, hasOurLabels } from "../../../core/init/enroll-form.ts";
import { type Automation, realmFile, repositoryFiles } from "../../../core/init/files.ts";
import { realmYaml } from "../../../core/init/realm-yaml.ts";
import { REVOKE_FORM, revokeForm } from "../../../core/init/revoke-form.ts";
import { SYNC_WORKFLOW, syncWorkflow } from "../../../core/init/sync-workflow.ts";
import { WORKFLOWS } from "../../../core/init/workflows.ts";
import { readRealm } from "../../../core/realm/realm.ts";
import { madeKey } from "../../made/access.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const ours = (path: string): string => readFileSync(join(ROOT, path), "utf8");
const keys = { signing: madeKey("signing"), spare: madeKey("spare") };
const answers: Answers = {
  realm: "atlas",
  repository: "wildlife/atlas",
  admin: { login: "alice", id: 583231 },
  system: "hula",
  proxy: { name: "main", host: "tunnels.example.org", port: 22 },
  ports: "20000-20999",
  broker: { type: "none" },
};
const COMMIT = "a".repeat(40);
const actions = { repository: "acme/warren", commit: COMMIT, tag: "v0.1.0" };

function realmOf(more: Partial<Answers>) {
  const read = readRealm(realmYaml({ ...answers, ...more }, keys), "realm.yaml");
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.realm;
}

describe("the realm.yaml that init writes", () => {
  it("is valid, and says what was answered", () => {
    expect(realmOf({})).toMatchObject({
      name: "atlas",
      repository: { fullName: "wildlife/atlas" },
      admins: [{ login: "alice", id: 583231 }],
      proxies: [{ name: "main", host: "tunnels.example.org", port: 22, hostKeys: [{ line: keys.spare }] }],
      signers: [{ line: keys.signing }],
      systems: [{ name: "hula", ports: { first: 20000, last: 20999 } }],
    });
  });

  it("is valid with each type of broker", async () => {
    const dir = await mkdtemp(join(tmpdir(), "warren-init-"));
    const ca = (await LocalCa.open(dir, () => new Date())).certPem;
    await rm(dir, { recursive: true });
    const brokers: readonly BrokerAnswer[] = [
      { type: "aws-iot", endpoint: "x-ats.iot.eu-central-1.amazonaws.com", region: "eu-central-1" },
      { type: "mqtt", url: "mqtts://broker.example.org:8883", ca },
    ];
    for (const broker of brokers) expect(realmOf({ broker }).broker?.type).toBe(broker.type);
  });

  it.each(["333", "on", "null", "1e5", "0x1f", "1-2"])("keeps the name %s a name", (name) => {
    expect(realmOf({ realm: name, admin: { login: name, id: 7 } })).toMatchObject({
      name,
      admins: [{ login: name, id: 7 }],
    });
  });

  it("names its schema where init writes it", () => {
    const files = repositoryFiles(["alice"], { actions: undefined, app: false });
    const [path, text] = realmFile(answers, keys);
    expect(path).toBe("realm.yaml");
    const schema = /\$schema=\.\/(\S+)/.exec(text)?.[1] ?? "";
    expect(files.get(schema)).toBe(ours("docs/realm.schema.json"));
  });
});

describe("the issue form that init writes", () => {
  it("is this repository's own, and has the labels that the parser reads", () => {
    expect(enrollForm).toBe(ours(ENROLL_FORM));
    expect(hasOurLabels(enrollForm)).toBe(true);
  });

  it.each([
    ["renamed", enrollForm.replace("label: SSH host keys", "label: Host keys")],
    ["gone", enrollForm.replace(/.*label: Proof.*\n/, "")],
    ["doubled", `${enrollForm}      label: SSH public key\n`],
    ["all gone", ""],
  ])("is told from one with a label %s", (_what, form) => {
    expect(hasOurLabels(form)).toBe(false);
  });

  it("may be in other words", () => {
    expect(hasOurLabels(enrollForm.replace("label: SSH host keys", 'label: "SSH host keys"'))).toBe(true);
  });
});

describe("the form that takes a computer out, as init writes it", () => {
  it("is this repository's own", () => {
    expect(revokeForm).toBe(ours(REVOKE_FORM));
  });
});

describe("the workflows that init writes", () => {
  /** A bundle is made in a job of its own there, and fetched by a step; a release needs neither. */
  const fetchesBundle = ({ uses = "" }: { uses?: string }) => uses.startsWith("actions/download-artifact@");
  /** The branch's name is not known here: the job's own condition, or the action, holds it to the default one. */
  const triggers = (on: unknown) =>
    JSON.parse(JSON.stringify(on), (key, value) => (key === "branches" ? undefined : (value ?? {})));

  it.each(WORKFLOWS)("do what this repository's own do, with the released action: $path", (workflow) => {
    const { action, path, text } = workflow;
    const [written, own] = [text(actions), ours(path)].map((yaml) => parse(yaml));
    const name = action.split("-")[0] ?? "";
    const { needs, steps, ...job } = own.jobs[name];
    expect([needs, Object.keys(own.jobs)]).toEqual(["bundle", ["bundle", name]]);
    const released = steps
      .filter((step: { uses?: string }) => !fetchesBundle(step))
      .map((step: { uses: string }) =>
        step.uses === `./actions/${action}`
          ? { ...step, uses: `acme/warren/actions/${action}@${COMMIT}` }
          : step,
      );
    expect(written).toEqual({
      ...own,
      on: written.on,
      jobs: { [name]: { ...job, if: own.jobs.bundle.if, steps: released } },
    });
    expect(triggers(written.on)).toEqual(triggers(own.on));
    expect(JSON.stringify(written.on)).not.toContain("branches");
  });

  it.each(WORKFLOWS.filter(({ text }) => text(actions).includes("github.event.repository")))(
    "are not skipped when a schedule starts them, whose event may name no repository: $path",
    ({ text }) => {
      expect(text(actions)).toMatch(/ && \(github\.event_name == 'schedule' \|\| github\.ref == [^|&]*\)$/m);
    },
  );

  it("are as many as this repository has for its actions", () => {
    const known = WORKFLOWS.map(({ path }) => basename(path));
    const held = readdirSync(join(ROOT, ".github/workflows"));
    expect(
      held.filter((name) => actionUse(ours(`.github/workflows/${name}`), name.slice(0, -4)).kind === "own"),
    ).toEqual(known.sort());
  });

  it.each([
    [syncWorkflow(actions), { kind: "pinned", tag: "v0.1.0" }],
    [syncWorkflow({ repository: "acme/warren", commit: COMMIT }), { kind: "pinned" }],
    [ours(SYNC_WORKFLOW), { kind: "own" }],
    ["- uses: acme/warren/actions/sync-proxy@v1\n", { kind: "loose", at: "v1" }],
    ["- uses: acme/warren/actions/sync-proxy-2@v1\n", { kind: "none" }],
    ["# uses: acme/warren/actions/sync-proxy@v1\n", { kind: "none" }],
    ["", { kind: "none" }],
  ])("is read back (%#)", (text, use) => {
    expect(actionUse(text, "sync-proxy")).toEqual(use);
  });

  const written = (automation: Automation) =>
    [...repositoryFiles(["alice"], automation).keys()].filter((path) => path.includes("/workflows/"));

  it("are left out where no released actions are named", () => {
    expect(written({ actions: undefined, app: false })).toEqual([]);
    expect(written({ actions, app: false })).toEqual(WORKFLOWS.map(({ path }) => path));
  });

  it("leave to the app what it does", () => {
    expect(written({ actions, app: true })).toEqual([SYNC_WORKFLOW]);
  });
});
