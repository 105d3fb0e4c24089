import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type Ended, run } from "../../adapters/openssh/run.ts";
import { type KeyGrant, printAuthorizedKeys } from "../../core/access/authorized-keys.ts";
import { type KeyLine, readKeyLine } from "../../core/keys/key-line.ts";
import { good, id, madeKey } from "../made/access.ts";
import { LONG } from "../made/long.ts";
import { keyOf, sshArgs } from "./clients.ts";
import { startPreparedProxy } from "./prepared-proxy.ts";
import { canHost } from "./stock-host.ts";
import type { Files, StockProxy } from "./stock-proxy.ts";

const LOGINS = LONG ? 2_000 : 200;
const SWITCHES = LOGINS / 10;
const AT_ONCE = 4;
const NAME = "333.hula.atlas";
/** Long enough to be read in many pieces. */
const FILLERS = 300;

(canHost() ? describe : describe.skip)("a proxy whose files are replaced all the time", () => {
  let proxy: StockProxy;
  let folder: string;
  let key: KeyLine;
  let ssh: readonly string[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "warren-test-"));
    key = await keyOf(folder, NAME);
    proxy = await startPreparedProxy({ systems: ["hula"], files: filesOf(key, 0) });
    ssh = await sshArgs(folder, NAME, proxy);
  }, 60_000);
  afterAll(async () => {
    await proxy?.stop();
    await rm(folder, { recursive: true });
  });

  it(`lets everybody in, and shows one whole generation to each: ${LOGINS} logins, ${SWITCHES} switches`, async () => {
    const ends: Ended[] = [];
    let begun = 0;
    let switched = 0;
    let switching: Promise<unknown> = Promise.resolve();
    const logIn = async () => {
      while (begun < LOGINS) {
        begun += 1;
        // The cheap exchange: what is tried here comes after it.
        const quick = ["-o", "KexAlgorithms=curve25519-sha256"];
        ends.push(await run("ssh", [...quick, ...ssh, "directory"], { timeout: 20_000 }));
        if (ends.length % (LOGINS / SWITCHES) !== 0) continue;
        switched += 1;
        const files = filesOf(key, switched);
        switching = switching.then(() => proxy.switchTo(files));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, logIn));
    await switching;

    expect(ends.map(({ status, stderr }) => [status, stderr])).toEqual(ends.map(() => [0, ""]));
    const seen = ends.map(({ stdout }) => generationIn(stdout));
    expect(seen).not.toContain(undefined);
    expect(new Set(seen).size).toBeGreaterThan(SWITCHES / 2);
    expect(switched).toBe(SWITCHES);
  }, 900_000);
});

/** The device's line stands first and last by turns: half a file would shut it out. */
function filesOf(key: KeyLine, generation: number): Files {
  const device: KeyGrant = { role: "device", computer: id(NAME), key, port: 61_333 };
  const others = Array.from({ length: FILLERS }, (_, index): KeyGrant => {
    const before = generation % 2 === 0;
    const computer = id(`${before ? "1" : "9"}${index}.hula.atlas`);
    return { role: "device", computer, key: fillers(index), port: 40_000 + index };
  });
  return new Map([
    ["authorized_keys/hula", printAuthorizedKeys([device, ...others])],
    ["directory/hula.json", `${generation}\n${"-".repeat(100_000)}\n${generation}\n`],
    ["directory/hula.json.sig", `${generation}\n`],
  ]);
}

const made = new Map<number, KeyLine>();
function fillers(index: number): KeyLine {
  const known = made.get(index) ?? good(readKeyLine(madeKey(`filler ${index}`)));
  made.set(index, known);
  return known;
}

/** The number that the directory and its signature have in common; undefined where they haven't. */
function generationIn(answer: string): string | undefined {
  const [first, , again, signature, rest] = answer.split("\n");
  return first !== "" && first === again && first === signature && rest === "" ? first : undefined;
}
