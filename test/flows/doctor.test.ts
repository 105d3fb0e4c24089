import { afterEach, describe, expect, it } from "@jest/globals";
import { Failure, unavailable } from "../../core/failure.ts";
import { ENROLL_FORM, enrollForm } from "../../core/init/enroll-form.ts";
import { PROCESS_WORKFLOW } from "../../core/init/process-workflow.ts";
import { SYNC_WORKFLOW } from "../../core/init/sync-workflow.ts";
import { APP_EVENTS, APP_PERMISSIONS } from "../../flows/doctor/app.ts";
import { type Check, examine, type Finding, ok, problem } from "../../flows/doctor/check.ts";
import { doctorExit, doctorLines } from "../../flows/doctor/words.ts";
import type { LivePlan } from "../../flows/plan.ts";
import { LookedAtRealm, REALM, SPARE, WORKFLOW } from "../fixtures/looked-at-realm.ts";
import { madeKey } from "../made/access.ts";

let realm: LookedAtRealm | undefined;
afterEach(async () => {
  await realm?.close();
  realm = undefined;
});
async function open(files: Readonly<Record<string, string>> = {}): Promise<LookedAtRealm> {
  realm = await LookedAtRealm.open(files);
  return realm;
}
const plans = (live: object) => ({ more: { plans: async () => [same(live)] } });
const same = (more: object): LivePlan => ({
  proxy: "eu",
  kind: "same",
  drift: { files: [], host: [] },
  ...more,
});

const wrong = (findings: Readonly<Record<string, readonly Finding[]>>) =>
  Object.entries(findings).flatMap(([name, all]) =>
    all.filter(({ outcome }) => outcome !== "ok").map(({ outcome, says }) => `${outcome} ${name}: ${says}`),
  );

describe("a doctor", () => {
  it("finds nothing wrong with a realm that is well, with the App's key and the sync key at hand", async () => {
    const world = await open();
    const { look } = await world.app();
    const findings = await world.findings({ more: { app: look, plans: async () => [same({})] } });
    expect(wrong(findings)).toEqual([]);
    expect(Object.keys(findings)).toEqual(
      `github,realm.yaml,files,app,webhook,registry,people,teams,rulesets,settings,oidc,proxy eu,broker,clock,versions`.split(
        ",",
      ),
    );
    expect(findings.registry?.[0]?.says).toMatch(/^0 records, sequence 7, at [0-9a-f]{12}$/);
  });

  it("says what it could not see without those keys, and does not call it wrong", async () => {
    const world = await open();
    expect(wrong(await world.findings())).toEqual([
      "unknown app: could not look: only the App itself sees its installation",
      "unknown webhook: could not look: only the App itself sees its deliveries",
      "unknown proxy eu: could not look at what it holds: that takes the sync key",
    ]);
  });

  it("says with a reader's token what that lacks", async () => {
    const world = await open();
    const found = wrong(await world.findings({ login: "mallory" }));
    expect(found.filter((line) => line.startsWith("problem"))).toEqual([]);
    for (const name of ["teams", "settings"])
      expect(found.join("\n")).toContain(`unknown ${name}: could not look`);
  });
});

describe("of people, a doctor", () => {
  it.each([
    [
      "a login that changed hands",
      "alice: 583231",
      "alice: 5",
      "the login is account 583231, not 5; no account has that id",
    ],
    [
      "an id whose login was renamed",
      "bob: 583232 ",
      "robert: 583232 ",
      "GitHub has no such login, and that id is bob now",
    ],
  ])("finds %s", async (_what, before, after, says) => {
    const world = await open();
    const changed = REALM.replace(before, after).replaceAll(
      /\bbob\b(?!:)/g,
      after.split(":")[0] === "robert" ? "robert" : "bob",
    );
    const { people } = await world.findings({ realm: changed });
    expect(people).toMatchObject([
      { outcome: "problem", says: expect.stringContaining(says), fix: expect.any(String) },
    ]);
  });
});

describe("of the repository, a doctor", () => {
  it("finds each problem in realm.yaml, and still looks at the rest", async () => {
    const world = await open();
    const findings = await world.findings({ realm: `${REALM}\nfrieze: true\n` });
    expect(findings["realm.yaml"]).toMatchObject([
      { outcome: "problem", says: expect.stringContaining("frieze") },
    ]);
    expect(findings.registry).toMatchObject([{ outcome: "ok" }]);
  });

  it("finds that realm.yaml means another repository", async () => {
    const world = await open();
    const renamed = REALM.replace("repository: wildlife/atlas", "repository: wildlife/other");
    expect((await world.findings({ realm: renamed })).github).toMatchObject([{ outcome: "problem" }]);
    const copied = REALM.replace("repository: wildlife/atlas", "repository: { name: wildlife/atlas, id: 1 }");
    expect((await world.findings({ realm: copied })).github).toMatchObject([
      { outcome: "problem", says: expect.stringContaining("realm.yaml says 1") },
    ]);
  });

  it.each([
    ["another form", { [ENROLL_FORM]: enrollForm.replace("SSH host keys", "Host keys") }, "has other fields"],
    [
      "a workflow that can be moved",
      { [SYNC_WORKFLOW]: WORKFLOW.replace(/@a{40}/, "@v0") },
      '"v0" can be moved',
    ],
    ["an older workflow", { [SYNC_WORKFLOW]: WORKFLOW.replace("v0.1.0", "v0.0.9") }, "pinned to v0.0.9"],
    [
      "that issues are answered by something that can be moved",
      { [PROCESS_WORKFLOW]: "- uses: acme/warren/actions/process-submissions@main\n" },
      '"main" can be moved',
    ],
    ["another workflow", { [SYNC_WORKFLOW]: "on: push\n" }, "uses no action sync-proxy"],
    [
      "realm.yaml without owners",
      { ".github/CODEOWNERS": "/.github @alice\n" },
      "names no owner of /realm.yaml",
    ],
  ])("finds %s", async (_what, files, says) => {
    const world = await open(files);
    const found = (await world.findings()).files?.filter(({ outcome }) => outcome === "problem");
    expect(found).toMatchObject([{ says: expect.stringContaining(says), fix: expect.any(String) }]);
  });

  it("takes owners of everything for owners of realm.yaml", async () => {
    const world = await open({ ".github/CODEOWNERS": "* @alice\n" });
    expect((await world.findings()).files?.map(({ outcome }) => outcome)).toEqual(Array(6).fill("ok"));
  });

  it("finds rulesets that are missing, unless realm.yaml accepts it", async () => {
    const world = await open();
    world.forge.repository().rulesets.set([]);
    const { rulesets } = await world.findings();
    expect(rulesets?.map(({ outcome }) => outcome)).toEqual(["problem", "problem"]);
    const accepted = await world.findings({ realm: `${REALM}\nunprotected: accepted\n` });
    expect(accepted.rulesets?.map(({ outcome }) => outcome)).toEqual(["ok", "ok"]);
  });

  it("finds a registry that can't be read, and one that is missing", async () => {
    const world = await open();
    const { branches } = world.forge.repository();
    const admin = world.forge.person("wildlife");
    const changes = new Map([["hula/333.json", Buffer.from("{}")]]);
    const expectedHead = branches.head(admin, "registry").oid;
    branches.commit(admin, { branch: "registry", expectedHead, message: "by hand", changes });
    const broken = (await world.findings()).registry;
    expect(broken).toMatchObject([{ outcome: "problem", says: expect.stringContaining("hula/333.json") }]);
    const heads = world.ports("alice").heads;
    const gone = { read: async () => ({ ...(await heads.read()), registry: undefined }) };
    expect((await world.findings({ more: { heads: gone } })).registry).toMatchObject([
      { outcome: "problem", says: "there is no branch `registry`" },
    ]);
  });

  it("finds secrets that are missing, or that every workflow can read, and a variable that is not set", async () => {
    const world = await open();
    const { actions } = world.forge.repository();
    const environment = actions.addEnvironment("warren-sync");
    environment.isBound = true;
    environment.settings.setSecret("WARREN_SYNC_KEY");
    actions.settings.setVariable("WARREN_SYNC", "no");
    actions.settings.setSecret("WARREN_SIGNING_KEY");
    const { settings = [] } = await world.findings();
    expect(settings.filter(({ outcome }) => outcome === "problem").map(({ says }) => says)).toEqual([
      "secret WARREN_SIGNING_KEY is missing in environment warren-sync",
      "variable WARREN_SYNC is not true: the workflow does nothing",
      "secret WARREN_SIGNING_KEY is one of the repository: any workflow on any branch can read it",
    ]);
  });

  it("finds an environment whose secrets a workflow on any branch could read", async () => {
    const world = await open();
    const environment = world.forge.repository().actions.environment("warren-sync");
    if (environment === undefined) throw new Error("no environment");
    environment.isBound = false;
    const { settings = [] } = await world.findings();
    expect(settings.filter(({ outcome }) => outcome === "problem")).toMatchObject([
      {
        says: "environment warren-sync is open to every branch: whoever may push can read its secrets",
        fix: expect.stringContaining("deployment-branch-policies -f name=main"),
      },
    ]);
  });

  it("finds where the workflow that answers has no environment, and its App's key can be read by any", async () => {
    const world = await open();
    const { actions } = world.forge.repository();
    actions.settings.setVariable("WARREN_PROCESS", "true");
    actions.settings.setSecret("WARREN_APP_PRIVATE_KEY");
    const { settings = [] } = await world.findings();
    expect(settings.filter(({ outcome }) => outcome === "problem")).toMatchObject([
      { says: "environment warren-process is missing" },
      {
        says: "secret WARREN_APP_PRIVATE_KEY is one of the repository: any workflow on any branch can read it",
        fix: expect.stringContaining("once environment warren-process has it"),
      },
    ]);
  });

  it("names the OIDC subject in the form that the repository has, and finds one that others could have", async () => {
    const world = await open();
    const { actions, id, owner } = world.forge.repository();
    const subject = async () => (await world.findings()).oidc;
    const prefix = `repo:wildlife@${owner.id}/atlas@${id}`;
    expect(await subject()).toMatchObject([
      { outcome: "ok", says: expect.stringContaining(`${prefix}:environment:`) },
    ]);
    actions.oidcSubject = { useDefault: true, claims: [], immutable: false };
    expect(await subject()).toMatchObject([
      { says: expect.stringContaining("repo:wildlife/atlas:environment:") },
    ]);
    actions.oidcSubject = { useDefault: false, claims: ["environment"], immutable: false };
    expect(await subject()).toMatchObject([{ outcome: "problem" }]);
    actions.oidcSubject = { useDefault: false, claims: ["repo", "environment"], immutable: false };
    expect(await subject()).toMatchObject([{ outcome: "unknown" }]);
  });
});

describe("of the App, a doctor", () => {
  it("finds permissions and events that it lacks", async () => {
    const world = await open();
    const { look } = await world.app({
      permissions: { ...APP_PERMISSIONS, checks: "read" },
      events: ["issues"],
    });
    expect((await world.findings({ more: { app: look } })).app).toMatchObject([
      { outcome: "problem", says: "the App lacks checks: write" },
      { outcome: "problem", says: "the App hears nothing of issue_comment, push, pull_request" },
    ]);
    expect(APP_EVENTS).toHaveLength(4);
  });

  it("finds that it is not installed", async () => {
    const world = await open();
    const nowhere = { installation: async () => undefined, deliveries: async function* () {} };
    expect((await world.findings({ more: { app: nowhere } })).app).toMatchObject([
      { outcome: "problem", says: "the App is not installed on the repository" },
    ]);
  });

  it("finds deliveries of the last day that nobody took", async () => {
    const world = await open();
    const { look } = await world.app();
    const delivery = (guid: string, taken: boolean, hours: number) => ({
      guid,
      taken,
      at: new Date(Date.now() - hours * 3_600_000),
    });
    const deliveries = async function* () {
      yield* [
        delivery("a", true, 1),
        delivery("a", false, 2),
        delivery("b", false, 3),
        delivery("c", false, 30),
      ];
    };
    const app = { installation: () => look.installation(), deliveries };
    expect((await world.findings({ more: { app } })).webhook).toMatchObject([
      { outcome: "problem", says: "1 of 2 events of the last 24 hours were not taken" },
    ]);
  });
});

describe("of hosts, a doctor", () => {
  const AT = "tunnels.example.org:22";

  it("finds a proxy that is down", async () => {
    const world = await open();
    world.network.shown.clear();
    expect((await world.findings())["proxy eu"]?.[0]).toMatchObject({
      outcome: "problem",
      says: `${AT} does not answer: down`,
    });
  });

  it("finds a host key that nobody pinned, and says where to compare it", async () => {
    const world = await open();
    world.network.shown.set(AT, [madeKey("stranger")]);
    expect((await world.findings())["proxy eu"]?.[0]).toMatchObject({
      outcome: "problem",
      says: `${AT} answers with a host key that is not pinned`,
      fix: expect.stringContaining("on tunnels.example.org itself, compare"),
    });
  });

  it("finds that no spare is pinned", async () => {
    const world = await open();
    const bare = REALM.replace(`      - ${SPARE}\n`, "").replace(
      new RegExp(` *- ${SPARE.replaceAll("+", "\\+")}\\n`),
      "",
    );
    const { "proxy eu": proxy = [] } = await world.findings({ realm: bare });
    expect(proxy.map(({ says }) => says).join("\n")).toContain("no spare host key is pinned");
  });

  it.each([
    ["what drifted", { drift: { files: [], host: ["account x is new"] } }, "drift: account x is new"],
    ["that it is behind", { kind: "changes", plan: {} }, "it is behind the registry"],
    ["what no commit explains", { kind: "unexplained", plan: {} }, "it holds what no commit explains"],
    ["that it refuses the sync key", { kind: "failed", failure: new Failure("refused", "no") }, "no"],
  ])("finds with the sync key %s", async (_what, live, says) => {
    const world = await open();
    const { "proxy eu": proxy } = await world.findings(plans(live));
    expect(proxy).toContainEqual(expect.objectContaining({ outcome: "problem", says }));
  });

  it("finds a broker that does not answer", async () => {
    const world = await open();
    world.network.trusted.clear();
    expect((await world.findings()).broker).toMatchObject([{ outcome: "problem" }]);
  });

  it("finds a signing key that a proxy holds", async () => {
    const world = await open();
    const shared = REALM.replace(/(signers:.*\n +- )ssh-ed25519 \S+/, `$1${SPARE}`);
    expect((await world.findings({ realm: shared }))["realm.yaml"]).toContainEqual(
      expect.objectContaining({ outcome: "problem", says: "a key of signers is a host key of proxy eu" }),
    );
  });

  it.each([
    [59, "ok"],
    [-61, "problem"],
    [3700, "problem"],
  ])("finds a clock that is %i s off: %s", async (seconds, outcome) => {
    const world = await open();
    const at = new Date("2026-11-21T08:00:00Z");
    const now = () => new Date(at.getTime() + seconds * 1000);
    expect((await world.findings({ here: { now, forgeClock: async () => at } })).clock).toMatchObject([
      { outcome },
    ]);
  });

  it("finds programs that are old or missing", async () => {
    const world = await open();
    const old = { node: "20.9.0", ssh: async () => undefined, git: async () => "2.39" };
    expect(
      (await world.findings({ here: { programs: old } })).versions?.map(({ outcome }) => outcome),
    ).toEqual(["problem", "problem", "ok"]);
  });
});

describe("examine", () => {
  const check = (name: string, run: Check["run"]): Check => ({ name, run });

  it("keeps the order of the checks, whichever ends first", async () => {
    let release = (_: readonly Finding[]) => {};
    const slow = new Promise<readonly Finding[]>((resolve) => {
      release = resolve;
    });
    const told: string[] = [];
    const checks = [check("a", () => slow), check("b", async () => [ok("b")])];
    const all = examine(checks, {
      within: 5_000,
      told: ({ name }) => {
        told.push(name);
        release([ok("a")]);
      },
    });
    expect((await all).map(({ name }) => name)).toEqual(["a", "b"]);
    expect(told).toEqual(["b", "a"]);
  });

  it("says of a check that takes too long, or throws, that it could not look", async () => {
    const never = new Promise<readonly Finding[]>(() => {});
    const checks = [
      check("late", () => never),
      check("torn", async () => {
        throw new TypeError("x is not a function");
      }),
    ];
    const [late, torn] = await examine(checks, { within: 20 });
    expect(late).toMatchObject({ silent: true, findings: [{ outcome: "unknown" }] });
    expect(torn).toEqual({
      name: "torn",
      findings: [{ outcome: "unknown", says: "could not look: x is not a function" }],
    });
  });

  it("exits 0, 1 or 3", async () => {
    const down = async () => {
      throw unavailable("forge", new Error("down"));
    };
    const exit = async (...checks: readonly Check[]) => doctorExit(await examine(checks, { within: 1000 }));
    expect(
      await exit(
        check("github", async () => [ok("")]),
        check("clock", down),
      ),
    ).toBe(0);
    expect(await exit(check("people", async () => [problem("")]))).toBe(1);
    expect(
      await exit(
        check("github", down),
        check("people", async () => [problem("")]),
      ),
    ).toBe(3);
  });

  it("prints nothing that moves a terminal's cursor", () => {
    const lines = doctorLines([{ name: "github", findings: [problem("\u001b[2Jgone\u202e", "do\nit")] }]);
    expect(lines.join("")).not.toMatch(/[^\u0020-\u007e]/);
  });
});
