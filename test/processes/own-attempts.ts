import { randomUUID } from "node:crypto";
import type { OwnClient } from "./own-client.ts";
import type { Card } from "./own-realm.ts";

/** One who may say and hear everything: sees what the broker let through. */
export interface Witness {
  readonly client: OwnClient;
  /** Lifts the rules: these may do everything from now on. */
  lift(cards: readonly Card[]): Promise<void>;
}

interface Attempt {
  readonly who: string;
  readonly does: "says" | "hears";
  /** A topic, or a filter. */
  readonly topic: string;
  /** What a filter would let it hear. */
  readonly via: string;
}

const IN_HULA = ["333", "444"].flatMap((computer) =>
  ["control", "state", "presence"].map((leaf) => `atlas/hula/${computer}/tunnel/${leaf}`),
);
const TOPICS = [
  ...IN_HULA,
  "atlas/tern/333/tunnel/control",
  "atlas/tern/333/tunnel/state",
  "atlas/hula/333/tunnel/other",
  "atlas/hula/333/tunnel/state/more",
  "borealis/hula/333/tunnel/control",
  "elsewhere",
];
const FILTERS: readonly (readonly [string, string])[] = [
  ["atlas/hula/+/tunnel/control", "atlas/hula/444/tunnel/control"],
  ["atlas/hula/+/tunnel/state", "atlas/hula/444/tunnel/state"],
  ["atlas/hula/+/tunnel/presence", "atlas/hula/444/tunnel/presence"],
  ["atlas/+/+/tunnel/state", "atlas/tern/333/tunnel/state"],
  ["+/hula/333/tunnel/state", "borealis/hula/333/tunnel/state"],
  ["atlas/hula/+/tunnel/+", "atlas/hula/444/tunnel/control"],
  ["atlas/hula/#", "atlas/hula/444/tunnel/control"],
  ["#", "elsewhere"],
];

const attemptsOf = (who: string): readonly Attempt[] => [
  ...TOPICS.map((topic): Attempt => ({ who, does: "says", topic, via: topic })),
  ...TOPICS.map((topic): Attempt => ({ who, does: "hears", topic, via: topic })),
  ...FILTERS.map(([topic, via]): Attempt => ({ who, does: "hears", topic, via })),
];

export const shown = ({ who, does, topic }: Attempt): string => `${who} ${does} ${topic}`;

/** What a table must show as allowed, `presence` among it or not; everything else in it is refused. */
export const allowed = (presence: boolean): readonly string[] => [
  "controller1.hula.atlas hears atlas/hula/+/tunnel/state",
  ...["333", "444"].flatMap((computer) => [
    `controller1.hula.atlas hears atlas/hula/${computer}/tunnel/state`,
    `controller1.hula.atlas says atlas/hula/${computer}/tunnel/control`,
  ]),
  "333.hula.atlas hears atlas/hula/333/tunnel/control",
  "333.hula.atlas says atlas/hula/333/tunnel/state",
  ...(presence
    ? [
        "333.hula.atlas says atlas/hula/333/tunnel/presence",
        "controller1.hula.atlas hears atlas/hula/+/tunnel/presence",
        "controller1.hula.atlas hears atlas/hula/333/tunnel/presence",
        "controller1.hula.atlas hears atlas/hula/444/tunnel/presence",
      ]
    : []),
];

/** Each may always hear this: what was to come before it has come. */
const FENCES: Readonly<Record<string, string>> = {
  "333.hula.atlas": "atlas/hula/333/tunnel/control",
  "controller1.hula.atlas": "atlas/hula/333/tunnel/state",
};

/** All attempts, and those of them whose message really came through. */
export async function tryAll(
  come: (card: Card) => Promise<OwnClient>,
  cards: ReadonlyMap<string, Card>,
  witness: Witness,
): Promise<{ readonly all: readonly string[]; readonly done: readonly string[] }> {
  const attempts = Object.keys(FENCES).flatMap(attemptsOf);
  const done: string[] = [];
  for (const attempt of attempts) {
    const card = cards.get(attempt.who);
    if (card === undefined) throw new Error(`${attempt.who} has no card`);
    const client = await come(card);
    if (!client.isUp) throw new Error(`${attempt.who} was not let in: ${client.problem}`);
    if (await succeeds(attempt, client, witness.client)) done.push(shown(attempt));
    client.leave();
  }
  return { all: attempts.map(shown), done };
}

async function succeeds(
  { who, does, topic, via }: Attempt,
  client: OwnClient,
  witness: OwnClient,
): Promise<boolean> {
  const [probe, fence] = [randomUUID(), randomUUID()];
  if (does === "says") {
    await client.say(topic, probe);
    await witness.say("fence", fence);
    return (await witness.before(fence))?.includes(`${topic} ${probe}`) === true;
  }
  await client.hear(topic);
  await client.hear(FENCES[who] ?? "");
  await witness.say(via, probe);
  await witness.say(FENCES[who] ?? "", fence);
  return (await client.before(fence))?.includes(`${via} ${probe}`) === true;
}
