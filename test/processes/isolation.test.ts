import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { run } from "../../adapters/openssh/run.ts";
import type { Seat } from "./attempts.ts";
import { COLUMNS, type Column, isAllowed, printTable, ROWS, type Row } from "./isolation-table.ts";
import { LIFTED, onRealSshd, onSandbox, type Stage } from "./stage.ts";
import { canHost } from "./stock-host.ts";

/** In a network namespace of its own: nothing of this machine changes. */
const canTun =
  spawnSync("unshare", ["--net", "ip", "tuntap", "add", "dev", "t0", "mode", "tun"], { stdio: "ignore" })
    .status === 0;

/** Who gets what a row is about. */
const wanted = (row: Row): Outcome =>
  Object.fromEntries(
    COLUMNS.map((column) => [column, isAllowed(row, column)] as const).filter(([, is]) => is !== undefined),
  );
type Outcome = Partial<Record<Column, boolean>>;

async function tried(row: Row, seats: Stage["seats"], columns: readonly Column[]): Promise<Outcome> {
  const outcome: Outcome = {};
  const one = async (column: Column) => {
    outcome[column] = await row.attempt(seats[column]);
  };
  // A tun attempt counts this machine's devices.
  if (row.tun) for (const column of columns) await one(column);
  else await Promise.all(columns.map(one));
  return outcome;
}

/** A master that ended would let every attempt fail. */
const isThere = async ({ socket }: Seat): Promise<boolean> =>
  (await run("ssh", ["-S", socket, "-O", "check", "proxy"], { timeout: 5_000 })).status === 0;

describe.each([
  { where: "a real sshd", set: onRealSshd, possible: canHost() },
  { where: "the sandbox's proxy", set: onSandbox, possible: true },
])("on $where", ({ set, possible }) => {
  const test = (row: Row) => (possible && (row.tun !== true || canTun) ? it : it.skip);
  let stage: Stage;
  beforeAll(async () => {
    if (possible) stage = await set();
  });
  afterAll(() => stage?.close());

  describe("exactly who may", () => {
    for (const row of ROWS) {
      test(row)(row.what, async () => {
        const columns = COLUMNS.filter((column) => isAllowed(row, column) !== undefined);
        expect(await tried(row, stage.seats, columns)).toEqual(wanted(row));
      });
    }

    (possible ? it : it.skip)("and nobody was logged out meanwhile", async () => {
      expect(await Promise.all(Object.values(stage.seats).map(isThere))).toEqual(COLUMNS.map(() => true));
    });
  });

  if (set !== onRealSshd) return;
  // The same attempt from the same seat, but for the account: a broken client must not pass for safety.
  describe("everybody, where nothing restricts them", () => {
    for (const row of ROWS) {
      const denied = LIFTED.filter((column) => isAllowed(row, column) === false);
      if (denied.length === 0) continue;
      test(row)(row.what, async () => {
        for (const column of denied) {
          const seat = stage.lifted?.[column];
          expect([column, seat && (await row.attempt(seat))]).toEqual([column, true]);
        }
      });
    }
  });
});

describe("docs/security.md", () => {
  it("shows the table that is tried", async () => {
    expect(await readFile("docs/security.md", "utf8")).toContain(printTable());
  });
});
