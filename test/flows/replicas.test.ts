import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { admit } from "../../flows/admit.ts";
import { reconcile } from "../../flows/reconcile.ts";
import { csrOf, sshKeyOf } from "../fixtures/made-keys.ts";
import { RealmOnForge } from "../fixtures/realm-on-forge.ts";

/** The whole number takes minutes over HTTP: `npm run test:long` has them. */
const LONG = process.env.WARREN_LONG === "1";
const ISSUES = LONG ? 200 : 12;

let world: RealmOnForge;
beforeAll(async () => {
  world = await RealmOnForge.open();
});
afterAll(() => world.close());

describe("two instances and a sweep on the same issues at once", () => {
  it(
    "leave one decision, one comment, one port and one active certificate each",
    async () => {
      const issues = Array.from({ length: ISSUES }, (_, index) => opened(index));
      const [one, other, third] = [world.bot(), world.bot(), world.bot()];
      await Promise.all([
        eachOf(issues, (issue) => admit(one, issue)),
        eachOf(issues.toReversed(), (issue) => admit(other, issue)),
        reconcile(third),
      ]);
      const { swept } = await reconcile(world.bot());
      expect(swept.failed).toEqual([]);

      const seen = issues.map((issue) => ({
        comments: world.answers(issue).length,
        labels: world.labels(issue),
      }));
      expect(seen).toEqual(issues.map(() => ({ comments: 1, labels: ["warren: granted"] })));
      const records = await Promise.all(issues.map((_, index) => world.record(`tern/${index}.json`)));
      const asked = issues.map((_, index) => (isRequest(index) ? [0, 1] : [1, 0]));
      expect(records.map((record) => [record?.sshKeys.length, record?.certificates.length])).toEqual(asked);
      const ports = records.flatMap((record) => record?.port ?? []);
      expect(new Set(ports).size).toBe(asked.filter(([keys]) => keys === 1).length);
      expect(await world.statuses()).toEqual(
        issues.flatMap((_, index) => (isRequest(index) ? ["active"] : [])),
      );
      const sequences = records.map((record) => record?.sequence ?? 0).sort((a, b) => a - b);
      expect(sequences).toEqual(issues.map((_, index) => index + 1));
    },
    LONG ? 600_000 : 40_000,
  );
});

/** The boat has 100 ports: every second one of its computers asks for a certificate alone, and needs none. */
const isRequest = (index: number): boolean => index % 2 === 1;

const opened = (index: number): number =>
  isRequest(index)
    ? world.opens("alice", `${index}.tern.atlas.x509.csr`, csrOf(String(index), "tern"))
    : world.opens("alice", `${index}.tern.atlas.sshkey.pub`, sshKeyOf(`boat ${index}`));

/** As the app does: a few at a time. */
async function eachOf(issues: readonly number[], work: (issue: number) => Promise<unknown>): Promise<void> {
  const left = issues.values();
  const lane = async () => {
    for (const issue of left) await work(issue);
  };
  await Promise.all([lane(), lane(), lane()]);
}
