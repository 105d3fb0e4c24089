import { afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { type TroubleOptions, Troubles } from "../../sandbox/forge/troubles.ts";
import { RealmOnForge } from "../fixtures/realm-on-forge.ts";
import { LONG } from "../made/long.ts";
import { actOut, type Scenario, scenarioOf } from "./ways/scenario.ts";
import { byActions, byApp, byReconcile, type StartWay } from "./ways/ways.ts";

const COUNT = LONG ? 500 : 10;
const scenario = scenarioOf(COUNT);
const PATIENCE_MS = LONG ? 1_200_000 : 60_000;

const LOSSY = { lost: 0.3, doubled: 0.3, late: 1, latestMs: LONG ? 5000 : 300 };
const oneInFive = {
  answers: {
    limited: 0.03,
    exhausted: 0.03,
    failed: 0.04,
    down: 0.04,
    unheard: 0.03,
    cutOff: 0.03,
  },
  retryAfterSeconds: 0,
};

const realms: RealmOnForge[] = [];
afterEach(async () => {
  await Promise.all(realms.splice(0).map((realm) => realm.close()));
});

/** The registry after all of it. */
async function lived({ submissions, afterwards }: Scenario, start: StartWay, day?: TroubleOptions) {
  const realm = await RealmOnForge.open();
  realms.push(realm);
  if (day !== undefined) realm.forge.troubles = new Troubles(day);
  const way = await start(realm);
  const said = new Map<number, string>();
  try {
    actOut(submissions, realm, said);
    await way.quiet();
    actOut(afterwards, realm, said);
    await way.quiet();
  } finally {
    await way.stop();
  }
  realm.forge.troubles = undefined;
  return { realm, files: comparable(realm.files(), said) };
}

/**
 * What may differ: times, which port `next` gave, ids that others give (of commits, comments and certificates), in
 * which turn a record was written, and how many turns there were: a sweep writes several records in one.
 */
function comparable(files: ReadonlyMap<string, string>, said: ReadonlyMap<number, string>) {
  const one = ([path, text]: [string, string]): [string, string] => {
    const plain = text
      .replace(/"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"/g, '"TIME"')
      .replace(/("realmCommit": )"[0-9a-f]{40}"/g, '$1"COMMIT"')
      .replace(/("(?:certificate|arn|pem)": )"[^"]+"/g, '$1"CERTIFICATE"')
      .replace(/("comment": )(\d+)/g, (_, key, id) => `${key}"${said.get(Number(id))}"`);
    if (path === "registry.json") return [path, plain.replace(/("sequence": ?)\d+/g, "$1TURN")];
    return [path, plain.replace(/("sequence": )\d+/, "$1TURN").replace(/("port": )620\d\d/, "$1NEXT")];
  };
  return Object.fromEntries([...files].map(one));
}

const ways: readonly (readonly [string, StartWay])[] = [
  ["the app", byApp],
  ["Actions alone", byActions],
  ["warren reconcile", byReconcile],
];

const days: readonly (readonly [string, Partial<TroubleOptions> | undefined])[] = [
  ["on a good day", undefined],
  ["with 30 % of deliveries lost, 30 % doubled and all shuffled", { deliveries: LOSSY }],
  ["with one request in five failing", oneInFive],
  ["with both", { deliveries: LOSSY, ...oneInFive }],
];

/** The bad days one by one are the long run's; else the worst of them, and reconcile's good day beside it. */
const lives = days
  .slice(LONG ? 0 : -1)
  .flatMap(([day, troubles]) => ways.map(([name, start]) => [name, day, start, troubles] as const))
  .filter(([, , start]) => LONG || start !== byReconcile);

describe(`${COUNT} submissions, and what follows from them, lead to the registry of a good day`, () => {
  let files: Readonly<Record<string, string>>;
  beforeAll(async () => {
    const { realm, ...good } = await lived(scenario, byReconcile);
    await expectSound(realm);
    files = good.files;
    expect(Object.keys(files).length).toBeGreaterThan(COUNT / 2);
  }, PATIENCE_MS);

  it.each(lives)(
    "by way of %s, %s",
    async (_name, _day, start, troubles) => {
      const more = await lived(scenario, start, troubles && { seed: COUNT, ...troubles });
      expect(more.files).toEqual(files);
      await expectSound(more.realm);
    },
    PATIENCE_MS,
  );
});

/** Ports differ from each other, and exactly those certificates are active that the registry names. */
async function expectSound(realm: RealmOnForge): Promise<void> {
  const texts = [...realm.files()].filter(([path]) => path.includes("/")).map(([, text]) => JSON.parse(text));
  const ports = texts.flatMap(({ port }) => port ?? []);
  expect(new Set(ports).size).toBe(ports.length);
  const named = texts.flatMap(({ certificates }) =>
    certificates.map(({ certificate }: { certificate: string }) => certificate),
  );
  // One that no record names is left inactive by a step that failed, and deleted after an hour.
  const active: string[] = [];
  for await (const { certificate, status } of realm.certificates.list())
    if (status === "active") active.push(certificate);
  expect(active.toSorted()).toEqual(named.toSorted());
}
