import { join } from "node:path";
import { expect, it } from "@jest/globals";
import type { IClientOptions } from "mqtt";
import { LocalCa } from "../../adapters/local-ca/ca.ts";
import type { Cards } from "./own-cards.ts";
import { OwnClient } from "./own-client.ts";
import type { Card, OwnRealm } from "./own-realm.ts";

/** A broker that runs as it was printed, and those who may come to it. */
export interface Stand {
  readonly realm: OwnRealm;
  readonly port: number;
  readonly cards: Cards;
}

const comeTo = ({ port, realm }: Stand, card: Partial<Card>, more: IClientOptions = {}) =>
  OwnClient.come(port, realm.ca.certPem, card, more);

/** The ways in: each that is refused has a twin that differs in one thing and is let in. */
export function itLetsInByCertificateAlone(at: () => Stand): void {
  it("refuses no certificate, one of a foreign CA, one that is over: and their twins get in", async () => {
    const stand = at();
    const { realm } = stand;
    const name = "777.hula.atlas";
    const twin = await realm.enrol(name);
    const foreign = await LocalCa.open(join(realm.folder, "foreign"));
    const lasting = (notAfter: string): Pick<LocalCa, "sign"> => ({
      sign: (csr, grant) => realm.ca.sign(csr, { certificate: "", ...grant, notAfter: new Date(notAfter) }),
    });
    // All are in the registry, so that nothing but TLS can refuse them.
    const cards = {
      twin,
      foreign: await realm.enrol(name, foreign),
      expired: await realm.enrol(name, lasting(new Date(Date.now() - 60_000).toISOString())),
      "not yet expired": await realm.enrol(name, lasting(new Date(Date.now() + 600_000).toISOString())),
      none: { clientId: twin.clientId },
      "password alone": { clientId: twin.clientId },
    };
    expect(await realm.sync()).toMatchObject({ kind: "told" });
    const seen: Record<string, boolean> = {};
    for (const [what, card] of Object.entries(cards)) {
      const more = what === "password alone" ? { username: twin.clientId, password: "" } : {};
      const client = await comeTo(stand, card, more);
      seen[what] = client.isUp;
      client.leave();
    }
    expect(seen).toEqual({
      twin: true,
      foreign: false,
      expired: false,
      "not yet expired": true,
      none: false,
      "password alone": false,
    });
  });
}

/** A revocation, all the way from the registry. */
export function itEndsWhoIsRevoked(at: () => Stand): void {
  it("adds a computer and drops nobody; a revocation ends its session in seconds and lets it in no more", async () => {
    const stand = at();
    const { realm } = stand;
    const innocent = await comeTo(stand, stand.cards.of("controller1.hula.atlas"));
    await innocent.hear("atlas/hula/+/tunnel/state");
    const lost = await realm.enrol("888.hula.atlas");
    const early = await comeTo(stand, lost);
    // Signed, but in no record: it may get in, and says nothing that anybody hears.
    await early.say("atlas/hula/888/tunnel/state", "too early");
    early.leave();
    expect(await realm.sync()).toEqual({ kind: "told", added: 1, removed: 0 });
    const session = await comeTo(stand, lost);
    expect(session.isUp).toBe(true);
    await session.say("atlas/hula/888/tunnel/state", "here");
    expect(await innocent.before("here")).toEqual(["atlas/hula/888/tunnel/state here"]);

    realm.revoke("888.hula.atlas", lost);
    const ended = session.gone();
    expect(await realm.sync()).toEqual({ kind: "told", added: 0, removed: 1 });
    expect(await ended).toBeLessThan(10_000);
    expect((await comeTo(stand, lost)).isUp).toBe(false);
    const device = await comeTo(stand, stand.cards.of("333.hula.atlas"));
    await device.say("atlas/hula/333/tunnel/state", "after");
    expect(await innocent.before("after")).toEqual(["atlas/hula/333/tunnel/state after"]);
    for (const client of [innocent, device]) client.leave();
  }, 60_000);
}
