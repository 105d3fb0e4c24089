import type { Card, OwnRealm } from "./own-realm.ts";

const WHO = ["333.hula.atlas", "444.hula.atlas", "controller1.hula.atlas", "333.tern.atlas"];

/** Who tries a broker's rules, each with its card. */
export class Cards extends Map<string, Card> {
  async enrol(realm: OwnRealm): Promise<void> {
    for (const name of WHO) this.set(name, await realm.enrol(name));
  }

  of(name: string): Card {
    const card = this.get(name);
    if (card === undefined) throw new Error(`${name} has no card`);
    return card;
  }
}
