import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { userOf } from "../../core/broker/certificate-id.ts";
import { allowed, tryAll, type Witness } from "./own-attempts.ts";
import { itEndsWhoIsRevoked, itLetsInByCertificateAlone } from "./own-broker-entry.ts";
import { canRunRabbitmq, type OwnRabbitmq, rabbitmqSettings, startOwnRabbitmq } from "./own-brokers.ts";
import { Cards } from "./own-cards.ts";
import { OwnClient } from "./own-client.ts";
import { type Card, OwnRealm } from "./own-realm.ts";
import { freePorts } from "./stock-host.ts";

(canRunRabbitmq ? describe : describe.skip)("RabbitMQ with the printed configuration", () => {
  let folder = "";
  let realm: OwnRealm;
  let broker: OwnRabbitmq;
  let port = 0;
  const cards = new Cards();
  const come = (card: Partial<Card>, more = {}) => OwnClient.come(port, realm.ca.certPem, card, more);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "warren-test-"));
    [port = 0] = await freePorts(1);
    const env = await rabbitmqSettings(folder);
    realm = await OwnRealm.make(folder, { port, presence: false, env });
    await cards.enrol(realm);
    await realm.sync();
    broker = await startOwnRabbitmq(realm, env);
  }, 120_000);
  afterAll(async () => {
    await broker?.stop();
    await rm(folder, { recursive: true });
  }, 60_000);

  it("lets each certificate do its own, and nothing else; with the rules lifted, it could do everything", async () => {
    const witness = await rabbitmqWitness(realm, broker, come);
    const strict = await tryAll(come, cards, witness);
    expect(strict.done.toSorted()).toEqual([...allowed(false)].toSorted());
    await witness.lift([...cards.values()]);
    const lifted = await tryAll(come, cards, witness);
    expect(lifted.done).toEqual(lifted.all);
    witness.client.leave();
    // What somebody changed by hand is as it was after the next change; also the tests below rest on it.
    await realm.enrol("555.hula.atlas");
    expect(await realm.sync()).toEqual({ kind: "told", added: 1, removed: 0 });
    const device = await come(cards.of("333.hula.atlas"));
    expect(await device.hear("elsewhere")).toBe(false);
  }, 120_000);

  itLetsInByCertificateAlone(() => ({ realm, port, cards }));

  it("gives nothing to another client id than the certificate's, not even its own topic", async () => {
    const [own, other] = [cards.of("333.hula.atlas"), cards.of("444.hula.atlas")];
    const fence = "atlas/hula/333/tunnel/control";
    for (const clientId of [other.clientId, `${own.clientId}.`, ".*"]) {
      const posing = await come({ ...own, clientId });
      expect(await posing.hear(fence)).toBe(false);
      expect(posing.isUp).toBe(false);
    }
    const twin = await come(own);
    expect(await twin.hear(fence)).toBe(true);
    twin.leave();
  }, 60_000);

  it("lets nobody in by a user's name, with whatever password", async () => {
    const own = cards.of("333.hula.atlas");
    const other = userOf(cards.of("444.hula.atlas").certificate);
    const controller = await come(cards.of("controller1.hula.atlas"));
    await controller.hear("atlas/hula/+/tunnel/state");
    for (const [username, password] of [
      [other, ""],
      [other, "guest"],
      [other, undefined],
      ["guest", "guest"],
    ]) {
      const posing = await come(own, { username, password });
      await posing.say("atlas/hula/444/tunnel/state", "forged");
      posing.leave();
    }
    const twin = await come(own);
    await twin.say("atlas/hula/333/tunnel/state", "fence");
    expect(await controller.before("fence")).toEqual(["atlas/hula/333/tunnel/state fence"]);
    for (const client of [twin, controller]) client.leave();
  }, 60_000);

  it("publishes no last will that the rules forbid", async () => {
    const controller = await come(cards.of("controller1.hula.atlas"));
    await controller.hear("atlas/hula/+/tunnel/state");
    for (const computer of ["444", "333"]) {
      const will = {
        topic: `atlas/hula/${computer}/tunnel/state`,
        payload: Buffer.from(`will ${computer}`),
        qos: 1,
      };
      (await come(cards.of("333.hula.atlas"), { will })).leave();
    }
    expect(await controller.before("will 333")).toEqual(["atlas/hula/333/tunnel/state will 333"]);
    controller.leave();
  }, 60_000);

  itEndsWhoIsRevoked(() => ({ realm, port, cards }));

  it("ends the session of one of a computer's certificates, and leaves the other", async () => {
    const [stolen, renewed] = [cards.of("444.hula.atlas"), await realm.enrol("444.hula.atlas")];
    await realm.sync();
    const thief = await come(stolen);
    expect(thief.isUp).toBe(true);
    realm.revoke("444.hula.atlas", stolen);
    expect(await realm.sync()).toEqual({ kind: "told", added: 0, removed: 1 });
    await thief.gone();
    expect((await come(stolen)).isUp).toBe(false);
    const back = await come(renewed);
    expect(back.isUp).toBe(true);
    back.leave();
  }, 60_000);
});

/** A user that a sync does not touch, for it is not of ours. */
async function rabbitmqWitness(
  realm: OwnRealm,
  broker: OwnRabbitmq,
  come: (card: Card) => Promise<OwnClient>,
): Promise<Witness> {
  const card = await realm.card("999.hula.atlas");
  const everything = (users: readonly string[]) => ({
    topic_permissions: users.map((user) => ({
      user,
      vhost: "/",
      exchange: "amq.topic",
      write: ".*",
      read: ".*",
    })),
    permissions: users.map((user) => ({ user, vhost: "/", configure: ".*", write: ".*", read: ".*" })),
  });
  const imported = async (definitions: object) => {
    const file = join(broker.folder, "lifted.json");
    await writeFile(file, JSON.stringify(definitions));
    await broker.ctl("import_definitions", file);
  };
  const name = userOf(card.certificate);
  const user = { name, password_hash: "", hashing_algorithm: "rabbit_password_hashing_sha256", tags: [] };
  await imported({ users: [user], ...everything([name]) });
  const client = await come(card);
  await client.hear("#");
  return {
    client,
    lift: (cards) => imported(everything(cards.map(({ certificate }) => userOf(certificate)))),
  };
}
