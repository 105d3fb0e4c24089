import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "@jest/globals";
import { parse } from "yaml";
import { LocalCa } from "../../../adapters/local-ca/ca.ts";
import type { Answers, BrokerAnswer } from "../../../core/init/answers.ts";
import { ENROLL_FORM, enrollForm, hasOurLabels } from "../../../core/init/enroll-form.ts";
import { realmFile, repositoryFiles } from "../../../core/init/files.ts";
import { realmYaml } from "../../../core/init/realm-yaml.ts";
import { actionUse, SYNC_WORKFLOW, syncWorkflow } from "../../../core/init/sync-workflow.ts";
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
    const files = repositoryFiles(["alice"], undefined);
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

describe("the workflow that init writes", () => {
  it("does what this repository's own does, with the released action", () => {
    const [written, own] = [syncWorkflow(actions), ours(SYNC_WORKFLOW)].map((text) => parse(text));
    const { steps, ...job } = written.jobs.sync;
    const { steps: ownSteps, ...ownJob } = own.jobs.sync;
    expect(job).toEqual(ownJob);
    expect(written.permissions).toEqual(own.permissions);
    expect(written.concurrency).toEqual(own.concurrency);
    // The branch's name is not known here: the job's own condition holds it to the default one.
    expect({ ...written.on, push: { ...written.on.push, branches: ["main"] } }).toEqual(own.on);
    expect(steps).toEqual([{ uses: `acme/warren/actions/sync-proxy@${COMMIT}`, with: ownSteps.at(-1).with }]);
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

  it("is left out where no released actions are named", () => {
    expect([...repositoryFiles(["alice"], undefined).keys()]).not.toContain(SYNC_WORKFLOW);
    expect([...repositoryFiles(["alice"], actions).keys()]).toContain(SYNC_WORKFLOW);
  });
});
