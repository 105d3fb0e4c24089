import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createLogger } from "../../app/logger.ts";
import { type Service, startService } from "../../app/service.ts";
import { shortDigest } from "../../core/decision/approvals.ts";
import { digestOf } from "../../core/submission/digest.ts";
import type { App } from "../../sandbox/forge/apps.ts";
import { Forge } from "../../sandbox/forge/forge.ts";
import { type ServedForge, serveForge } from "../../sandbox/forge/serve.ts";

const realm = readFileSync(new URL("../../realm.yaml", import.meta.url), "utf8");
const people = { alice: 583231, bob: 583232 };

let forge: Forge;
let app: App;
let served: ServedForge;
let service: Service;
const log: string[] = [];
let settled: () => void = () => undefined;

beforeAll(async () => {
  forge = new Forge({
    now: () => new Date(),
    owner: "wildlife",
    repository: "atlas",
    people,
    roles: { alice: "admin" },
    teams: { field: [] },
    files: { "realm.yaml": realm },
  });
  served = await serveForge(forge);
  const secret = "It's a Secret to Everybody";
  app = await forge.createApp({ slug: "warren", webhookSecret: secret });
  const settings = {
    host: "127.0.0.1",
    port: 0,
    appId: app.id,
    privateKey: app.privateKey,
    webhookSecret: secret,
    apiUrl: served.url,
    sweepSeconds: 300,
    endsWithStdin: false,
    logLevel: "info",
  } as const;
  service = await startService(
    settings,
    createLogger("info", (line) => log.push(line)),
  );
  app.hook.url = `${service.url}/api/github/webhooks`;
  forge.listen(() => settled());
});
afterAll(async () => {
  await service.stop();
  await served.close();
});

const repository = () => forge.repository();
const get = (number: number) => repository().issues.get(forge.person("alice"), number);
const labelsOf = (number: number) => get(number).labels.map(({ name }) => name);
/** Looks again whenever something happens on the forge. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) {
    await new Promise<void>((resolve) => {
      settled = resolve;
    });
  }
}

function newKey(): string {
  const { x = "" } = generateKeyPairSync("ed25519").publicKey.export({ format: "jwk" });
  const field = (bytes: Buffer) => Buffer.concat([Buffer.from([0, 0, 0, bytes.length]), bytes]);
  const blob = Buffer.concat([field(Buffer.from("ssh-ed25519")), field(Buffer.from(x, "base64url"))]);
  return `ssh-ed25519 ${blob.toString("base64")}`;
}
const submit = (login: string, id: string, body = newKey()) =>
  repository().issues.open(forge.person(login), { title: `${id}.sshkey.pub`, body }).number;
/** As a script without any token reads it. */
const registryFile = async (path: string): Promise<unknown> => {
  const url = `${served.url}/repos/wildlife/atlas/contents/${path}?ref=registry`;
  const response = await fetch(url, { headers: { accept: "application/vnd.github.raw+json" } });
  return response.status === 404 ? undefined : JSON.parse(await response.text());
};
const push = (path: string, text: string) => {
  const { branches } = repository();
  const alice = forge.person("alice");
  const expectedHead = branches.head(alice, "main").oid;
  const changes = new Map([[path, Buffer.from(text)]]);
  branches.commit(alice, { branch: "main", expectedHead, message: "change", changes });
};
const closed = (number: number) => until(() => get(number).state === "closed");

describe("a pull request on realm.yaml, from the forge's signed webhook", () => {
  it("is told what it would do, by one check run and one comment", async () => {
    const { branches, pulls, checks } = repository();
    const alice = forge.person("alice");
    const expectedHead = branches.head(alice, "main").oid;
    branches.create(alice, "refs/heads/change", expectedHead);
    const changes = new Map([["realm.yaml", Buffer.from(realm.replace("freeze: false", "freeze: true"))]]);
    const { oid } = branches.commit(alice, { branch: "change", expectedHead, message: "rules", changes });
    const head = { repository: repository(), ref: "change" };
    const { number } = pulls.open(alice, { title: "change", base: "main", head });
    await until(() => get(number).comments.length > 0);
    expect(get(number).comments.map(({ text }) => text.body)).toEqual([
      expect.stringContaining("nothing new would be granted"),
    ]);
    expect(checks.of(alice, oid)).toMatchObject([{ name: "warren", conclusion: "success" }]);
  });
});

describe("an issue, from the forge's signed webhook to the registry", () => {
  it("is granted: one comment, one label, closed, and a record on the branch", async () => {
    const number = submit("alice", "333.hula.atlas");
    await closed(number);
    expect(labelsOf(number)).toEqual(["warren: granted"]);
    expect(get(number).comments).toHaveLength(1);
    expect(await registryFile("hula/333.json")).toMatchObject({
      computer: "333.hula.atlas",
      port: 61333,
      sshKeys: [{ evidence: { issue: number } }],
    });
  });

  it("waits for an admin, and is granted by the digest that was shown", async () => {
    const title = "controller1.hula.atlas.sshkey.pub";
    const body = newKey();
    const number = submit("alice", "controller1.hula.atlas", body);
    await until(() => labelsOf(number).length > 0);
    expect(labelsOf(number)).toEqual(["warren: waiting"]);
    const { id: repositoryId } = repository();
    const digest = shortDigest(digestOf({ repositoryId, number, authorId: people.alice, title, body }));
    expect(get(number).comments[0]?.text.body).toContain(`/approve ${digest}`);
    repository().comments.create(forge.person("bob"), number, `/approve ${digest}`);
    await closed(number);
    expect(labelsOf(number)).toEqual(["warren: granted"]);
    expect(await registryFile("hula/controller1.json")).toMatchObject({
      sshKeys: [{ evidence: { approvers: [{ id: people.bob }] } }],
    });
  });

  it("is refused with the reason, and leaves nothing behind, when no rule names its author", async () => {
    const number = submit("mallory", "334.hula.atlas");
    await closed(number);
    expect(get(number).stateReason).toBe("not_planned");
    expect(labelsOf(number)).toEqual(["warren: refused"]);
    expect(await registryFile("hula/334.json")).toBeUndefined();
  });

  it("is found by a sweep when its webhook was lost", async () => {
    served.webhooks.policy = ({ event }) => (event === "issues" ? [] : [0]);
    const number = submit("alice", "335.hula.atlas");
    push("realm.yaml", `${realm}\n# changed\n`);
    await closed(number);
    expect(await registryFile("hula/335.json")).toMatchObject({ port: 61335 });
    // The sweep's last commit says where the systems stand.
    while (!JSON.stringify(await registryFile("registry.json")).includes("systems"));
  });

  it("is admitted once, however often and late its webhooks come", async () => {
    served.webhooks.policy = () => [0, 0, 5, 20];
    const before = await registryFile("registry.json");
    const numbers = ["336", "337", "338"].map((name) => submit("alice", `${name}.hula.atlas`));
    for (const number of numbers) await closed(number);
    await served.webhooks.settled();
    await service.stop();
    for (const number of numbers) expect(get(number).comments).toHaveLength(1);
    expect(await registryFile("registry.json")).toMatchObject({ sequence: sequenceOf(before) + 3 });
  });

  it("left no token, key, title or body in the log", () => {
    const text = log.join("");
    expect(text).toContain('"kind":"granted"');
    for (const secret of ["ghs_", "PRIVATE KEY", "AAAAC3Nza", "sshkey.pub", "Secret to Everybody"]) {
      expect(text).not.toContain(secret);
    }
  });
});

const sequenceOf = (file: unknown): number =>
  typeof file === "object" && file !== null && "sequence" in file ? Number(file.sequence) : Number.NaN;
