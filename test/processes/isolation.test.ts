import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { run } from "../../adapters/openssh/run.ts";
import type { Seat } from "./attempts.ts";
import { COLUMNS, printTable, ROWS } from "./isolation-table.ts";
import { onRealSshd, onSandbox, type Stage } from "./stage.ts";
import { canHost } from "./stock-host.ts";

/** In a network namespace of its own: nothing of this machine changes. */
const canTun =
  spawnSync("unshare", ["--net", "ip", "tuntap", "add", "dev", "t0", "mode", "tun"], { stdio: "ignore" })
    .status === 0;

const CELLS = ROWS.flatMap(({ what, gets, attempt, tun }) =>
  COLUMNS.flatMap((column) => {
    const expected = gets[column];
    if (expected === "—") return [];
    const says = `${column}: ${what}: ${expected ? "yes" : "no"}`;
    return [{ says, column, attempt, expected, possible: tun !== true || canTun }];
  }),
);

/** A master that ended would let every attempt fail. */
const isThere = async ({ socket }: Seat): Promise<boolean> =>
  (await run("ssh", ["-S", socket, "-O", "check", "proxy"], { timeout: 5_000 })).status === 0;

describe.each([
  { where: "a real sshd", set: onRealSshd, possible: canHost() },
  { where: "the sandbox's proxy", set: onSandbox, possible: true },
])("on $where", ({ set, possible }) => {
  let stage: Stage;
  beforeAll(async () => {
    if (possible) stage = await set();
  });
  afterAll(async () => {
    if (possible) await stage.close();
  });

  for (const { says, column, attempt, expected, possible: here } of CELLS) {
    (possible && here ? it : it.skip)(says, async () => {
      const seat = stage.seats[column];
      expect(await attempt(seat)).toBe(expected);
      expect(await isThere(seat)).toBe(true);
    });
  }

  if (set !== onRealSshd) return;
  for (const { says, column, attempt, possible: here } of CELLS.filter(({ expected }) => !expected)) {
    (possible && here ? it : it.skip)(`${says}, and yes where nothing restricts it`, async () => {
      const seat = stage.lifted?.[column];
      if (seat === undefined) throw new Error("no account without restrictions");
      expect(await attempt(seat)).toBe(true);
    });
  }
});

describe("docs/security.md", () => {
  it("shows the table that is tried", async () => {
    expect(await readFile("docs/security.md", "utf8")).toContain(printTable());
  });
});
