import { mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { allowed, tryAll } from "./own-attempts.ts";
import { itEndsWhoIsRevoked, itLetsInByCertificateAlone } from "./own-broker-entry.ts";
import { canRunMosquitto, type OwnBroker, startOwnMosquitto } from "./own-brokers.ts";
import { Cards } from "./own-cards.ts";
import { OwnClient } from "./own-client.ts";
import { type Card, OwnRealm } from "./own-realm.ts";
import { mosquittoWitness } from "./own-witness.ts";
import { freePorts } from "./stock-host.ts";

(canRunMosquitto ? describe : describe.skip)("mosquitto with the printed configuration", () => {
  let folder = "";
  let realm: OwnRealm;
  let broker: OwnBroker;
  let port = 0;
  const cards = new Cards();
  const come = (card: Partial<Card>, more = {}) => OwnClient.come(port, realm.ca.certPem, card, more);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "warren-test-"));
    [port = 0] = await freePorts(1);
    realm = await OwnRealm.make(folder, { port, presence: true });
    await cards.enrol(realm);
    await realm.sync();
    broker = await startOwnMosquitto(realm);
  }, 60_000);
  afterAll(async () => {
    await broker?.stop();
    await rm(folder, { recursive: true });
  });

  it("lets each certificate do its own, and nothing else; with the rules lifted, it could do everything", async () => {
    const witness = await mosquittoWitness(broker.folder);
    const strict = await tryAll(come, cards, witness);
    expect(strict.done.toSorted()).toEqual([...allowed(true)].toSorted());
    await witness.lift([...cards.values()]);
    const lifted = await tryAll(come, cards, witness);
    expect(lifted.done).toEqual(lifted.all);
    witness.client.leave();
    // What somebody changed by hand is as it was after the next change.
    await realm.enrol("555.hula.atlas");
    await realm.sync();
    const again = await mosquittoWitness(broker.folder);
    expect((await tryAll(come, cards, again)).done).toEqual(strict.done);
    again.client.leave();
  }, 60_000);

  itLetsInByCertificateAlone(() => ({ realm, port, cards }));

  it("takes no other client id than the certificate's, so that nobody is put out by it", async () => {
    const victim = await come(cards.of("444.hula.atlas"));
    const posing = await come({
      ...cards.of("333.hula.atlas"),
      clientId: cards.of("444.hula.atlas").clientId,
    });
    expect(posing.isUp).toBe(true);
    await posing.hear("atlas/hula/333/tunnel/control");
    await victim.hear("atlas/hula/444/tunnel/control");
    const controller = await come(cards.of("controller1.hula.atlas"));
    await controller.say("atlas/hula/444/tunnel/control", "one");
    await controller.say("atlas/hula/333/tunnel/control", "two");
    expect(await posing.before("two")).toEqual(["atlas/hula/333/tunnel/control two"]);
    expect(await victim.before("one")).toEqual(["atlas/hula/444/tunnel/control one"]);
    for (const client of [victim, posing, controller]) client.leave();
  });

  it("governs its plugin for nobody who comes by the network", async () => {
    const device = await come(cards.of("333.hula.atlas"), { username: "warren", password: "warren" });
    expect(device.isUp).toBe(true);
    const grant = {
      command: "addClientRole",
      username: cards.of("333.hula.atlas").clientId,
      rolename: "warren",
    };
    await device.say("$CONTROL/dynamic-security/v1", JSON.stringify({ commands: [grant] }));
    await device.say("atlas/hula/444/tunnel/state", "forged");
    const controller = await come(cards.of("controller1.hula.atlas"));
    await controller.hear("atlas/hula/+/tunnel/state");
    await device.say("atlas/hula/444/tunnel/state", "forged");
    await device.say("atlas/hula/333/tunnel/state", "fence");
    expect(await controller.before("fence")).toEqual(["atlas/hula/333/tunnel/state fence"]);
    for (const client of [device, controller]) client.leave();
  });

  it("passes on nothing that would fill a small computer's memory", async () => {
    const controller = await come(cards.of("controller1.hula.atlas"));
    const device = await come(cards.of("333.hula.atlas"));
    await controller.hear("atlas/hula/+/tunnel/state");
    await device.say("atlas/hula/333/tunnel/state", "x".repeat(2 * 1024 ** 2));
    await device.say("atlas/hula/333/tunnel/state", "fence");
    expect(await controller.before("fence")).toEqual(["atlas/hula/333/tunnel/state fence"]);
    for (const client of [device, controller]) client.leave();
  });

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
  });

  itEndsWhoIsRevoked(() => ({ realm, port, cards }));

  it("puts out a computer that lost one of its two certificates, and lets it in by the other at once", async () => {
    const stolen = cards.of("444.hula.atlas");
    const renewed = await realm.enrol("444.hula.atlas");
    expect(await realm.sync()).toEqual({ kind: "told", added: 0, removed: 0 });
    const thief = await come(stolen);
    const innocent = await come(cards.of("controller1.hula.atlas"));
    expect([thief.isUp, innocent.isUp]).toEqual([true, true]);
    realm.revoke("444.hula.atlas", stolen);
    expect(await realm.sync()).toEqual({ kind: "told", added: 1, removed: 1 });
    await thief.gone();
    expect((await come(stolen)).isUp).toBe(false);
    const back = await come(renewed);
    expect([back.isUp, innocent.isUp]).toEqual([true, true]);
    for (const client of [back, innocent]) client.leave();
  });

  it("is told again by the next sync what it did not hear, and until then the sync says so", async () => {
    await realm.enrol("666.hula.atlas");
    const socket = join(broker.folder, "admin.sock");
    await rename(socket, `${socket}.away`);
    expect(await realm.sync()).toMatchObject({ kind: "failed" });
    await rename(`${socket}.away`, socket);
    const { status, stdout } = await realm.onHost("broker");
    expect({ status, stdout }).toEqual({ status: 0, stdout: "broker: 1 holder added, 0 removed\n" });
    expect((await realm.onHost("broker")).stdout).toBe("broker holds all it should\n");
  });
});
