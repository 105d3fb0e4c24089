import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { unavailable } from "../../core/failure.ts";
import { parseCertificateRequest } from "../../core/keys/csr.ts";
import type { RegistryChange, Snapshot } from "../../core/ports/registry.ts";
import { type Duration, type Instant, instantOf, later } from "../../core/time.ts";
import { admit } from "../../flows/admit.ts";
import { reconcile } from "../../flows/reconcile.ts";
import { makeCsr, pemOf, subjectOf } from "../core/made-csr.ts";
import { KEYS } from "../fixtures/people.ts";
import { RealmOnForge } from "../fixtures/realm-on-forge.ts";

const csrOf = (computer: string, realm = "atlas") =>
  pemOf(makeCsr({ subject: subjectOf(`${computer}.hula.${realm}.tunnels.example.org`, computer, "hula") }));
const requestOf = (computer: string, realm?: string) => {
  const read = parseCertificateRequest(csrOf(computer, realm));
  if (!read.ok) throw new Error(read.problem);
  return read.value;
};

let world: RealmOnForge;
beforeEach(async () => {
  world = await RealmOnForge.open();
});
afterEach(() => world.close());

const inDays = (days: number): Instant => later(instantOf(new Date()), (days * 86_400) as Duration);
/** The bot as it would be some days from now. */
const botIn = (days: number) => world.bot({ clock: { now: () => inDays(days) } });

async function approves(login: string, issue: number): Promise<void> {
  const [command = ""] = /\/approve [0-9a-f]{12}/.exec(world.answers(issue)[0] ?? "") ?? [];
  world.says(login, issue, command);
  await admit(world.bot(), issue);
}

/** A controller of bob's, with a certificate. */
async function controllerOfBob(): Promise<void> {
  const name = "controller-laptop.hula.atlas";
  const ssh = world.opens("bob", `${name}.sshkey.pub`, KEYS[0]);
  const csr = world.opens("bob", `${name}.x509.csr`, csrOf("controller-laptop"));
  for (const issue of [ssh, csr]) {
    await admit(world.bot(), issue);
    await approves("alice", issue);
  }
}

describe("reconcile: the registry", () => {
  it("drops a key and its certificate once their overlap is over, and never lets the old issue bring them back", async () => {
    const first = world.opens("alice", "333.hula.atlas.sshkey.pub", KEYS[0]);
    const csr = world.opens("alice", "333.hula.atlas.x509.csr", csrOf("333"));
    const second = world.opens("alice", "333.hula.atlas.sshkey.pub", KEYS[1]);
    const again = world.opens("alice", "333.hula.atlas.x509.csr", csrOf("333"));
    for (const issue of [first, csr, second, again]) await admit(world.bot(), issue);
    expect(await world.statuses()).toEqual(["active", "active"]);
    expect((await reconcile(botIn(6))).changes).toEqual([]);
    const { changes } = await reconcile(botIn(8));
    expect(changes).toMatchObject([
      { kind: "ended", why: "333.hula.atlas: 2 parts came to the end of the access" },
    ]);
    expect(await world.statuses()).toEqual(["active"]);
    await reconcile(botIn(9));
    expect(await world.record("hula/333.json")).toMatchObject({ sshKeys: [{ key: KEYS[1] }], port: 61333 });
    expect((await reconcile(botIn(10))).changes).toEqual([]);
  });

  it("takes away the controllers of a person who left people, in one commit, and leaves their devices", async () => {
    await controllerOfBob();
    const other = world.opens("bob", "controller-desk.hula.atlas.sshkey.pub", KEYS[1]);
    await admit(world.bot(), other);
    await approves("alice", other);
    await admit(world.bot(), world.opens("bob", "333.hula.atlas.sshkey.pub", KEYS[2]));
    await reconcile(world.bot());
    const before = (await world.bot().registry.snapshot()).registry.sequence;
    await world.rewritesRealm((text) => text.replace("bob: 583232", "bob: 42"));

    const { changes } = await reconcile(world.bot());
    expect(changes.map(({ kind }) => kind)).toEqual(["left", "left"]);
    const { registry } = await world.bot().registry.snapshot();
    expect(registry.sequence).toBe(before + 1);
    expect(await world.record("hula/controller-laptop.json")).toMatchObject({
      sshKeys: [],
      certificates: [],
      revoked: { reason: "bob (583232) left" },
    });
    expect((await world.record("hula/333.json"))?.sshKeys).toHaveLength(1);
    expect(await world.statuses()).toEqual([]);
  });

  it("plans a dry run, and changes nothing", async () => {
    await controllerOfBob();
    await world.rewritesRealm((text) => text.replace("bob: 583232", "bob: 42"));
    const { changes } = await reconcile(world.bot(), { dryRun: true });
    expect(changes).toHaveLength(1);
    expect(await world.statuses()).toEqual(["active"]);
  });

  it("takes away a controller when its owner leaves the team that let them in, but not while the team can't be read", async () => {
    await world.rewritesRealm((text) =>
      text.replace('"@wildlife/field"], may: [device], named: "3*"', '"@wildlife/field"], may: [controller]'),
    );
    const issue = world.opens("mallory", "controller-laptop.hula.atlas.sshkey.pub", KEYS[0]);
    await admit(world.bot(), issue);
    await approves("alice", issue);
    expect((await reconcile(world.bot())).changes).toEqual([]);
    world.forge.teams.remove("field", "mallory");
    const bot = world.bot();
    const deaf = {
      isMember: () => Promise.reject(unavailable("forge", "no")),
      members: () => Promise.reject(unavailable("forge", "no")),
    };
    const silent = await reconcile({ ...bot, people: deaf });
    expect(silent.changes).toEqual([]);
    expect(silent.oddities).toMatchObject([{ kind: "team" }]);
    expect((await reconcile(world.bot())).changes).toMatchObject([{ kind: "left" }]);
  });

  it("only reports a system that realm.yaml no longer names", async () => {
    await controllerOfBob();
    await world.rewritesRealm((text) => text.replace("  hula:\n", "  hulla:\n"));
    const { changes, oddities } = await reconcile(world.bot());
    expect(changes).toEqual([]);
    expect(oddities).toMatchObject([{ kind: "system" }]);
    expect(await world.statuses()).toEqual(["active"]);
  });

  it("does nothing in a repository of another id, and says why", async () => {
    await world.rewritesRealm((text) =>
      text.replace("repository: wildlife/atlas ", "repository: { name: wildlife/atlas, id: 4711 } "),
    );
    await expect(reconcile(world.bot())).rejects.toMatchObject({ code: "refused" });
  });
});

describe("reconcile: what the registry remembers of systems", () => {
  const headOf = async () => (await world.bot().registry.snapshot()).registry;

  it("writes it once, again when realm.yaml changes it, and nothing otherwise", async () => {
    await admit(world.bot(), world.opens("alice", "333.hula.atlas.sshkey.pub", KEYS[0]));
    expect((await reconcile(world.bot(), { dryRun: true })).systems).toMatchObject([{ system: "hula" }]);
    expect((await headOf()).systems.size).toBe(0);
    await reconcile(world.bot());
    expect((await headOf()).systems.get("hula")).toMatchObject({ proxy: "eu", sequence: 2, left: [] });
    expect((await reconcile(world.bot())).systems).toEqual([]);
    expect((await headOf()).sequence).toBe(2);
    await world.rewritesRealm((text) => text.replace("login: [atlas]", "login: [atlas, root]"));
    await reconcile(world.bot());
    expect((await headOf()).systems.get("hula")).toMatchObject({ sequence: 3 });
  });

  it("plans again when somebody commits first", async () => {
    await admit(world.bot(), world.opens("alice", "333.hula.atlas.sshkey.pub", KEYS[0]));
    const bot = world.bot();
    const late = world.opens("alice", "334.hula.atlas.sshkey.pub", KEYS[1]);
    let first = true;
    const { registry } = bot;
    const raced = {
      snapshot: (since?: Snapshot) => registry.snapshot(since),
      commit: async (expected: Snapshot, change: RegistryChange) => {
        if (first && change.systems !== undefined) {
          first = false;
          await admit(world.bot(), late);
        }
        return registry.commit(expected, change);
      },
    };
    await reconcile({ ...bot, registry: raced }, { since: inDays(1) });
    expect((await headOf()).systems.get("hula")?.sequence).toBe(3);
    expect(await world.record("hula/334.json")).toBeDefined();
  });
});

describe("reconcile: the certificate service", () => {
  it("removes this realm's orphans after an hour, and touches nobody else's", async () => {
    await world.certificates.createInactive(requestOf("333"), "device");
    await world.certificates.createInactive(requestOf("333", "other"), "device");
    const active = await world.certificates.createInactive(requestOf("334"), "device");
    await world.certificates.activate(active.certificate);
    await reconcile(world.bot());
    expect(await world.statuses()).toHaveLength(3);
    const { certificates } = await reconcile(botIn(1));
    expect(certificates).toMatchObject([{ do: "remove" }]);
    expect([...(await world.statuses())].sort()).toEqual(["active", "inactive"]);
  });

  it("activates what a record names, and removes what a record refuses", async () => {
    const issue = world.opens("alice", "333.hula.atlas.x509.csr", csrOf("333"));
    await admit(world.bot(), issue);
    const [id = ""] =
      (await world.record("hula/333.json"))?.certificates.map(({ certificate }) => certificate) ?? [];
    world.iot.updateCertificate(id, "INACTIVE");
    await reconcile(world.bot(), { since: inDays(1) });
    expect(await world.statuses()).toEqual(["active"]);
    const remove = world.certificates.remove.bind(world.certificates);
    const bot = world.bot({
      certificates: Object.assign(Object.create(world.certificates), {
        remove: () => Promise.reject(new Error("crash")),
      }),
    });
    await expect(admit(bot, world.opens("alice", "333.hula.atlas.revoke", "lost"))).rejects.toThrow("crash");
    expect(await world.statuses()).toEqual(["active"]);
    await reconcile(world.bot(), { since: inDays(1) });
    expect(await world.statuses()).toEqual([]);
    await remove(id);
  });
});
