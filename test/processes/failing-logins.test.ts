import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { run } from "../../adapters/openssh/run.ts";
import { type KeyGrant, printAuthorizedKeys } from "../../core/access/authorized-keys.ts";
import { id } from "../made/access.ts";
import { keyOf, sshArgs } from "./clients.ts";
import { startPreparedProxy } from "./prepared-proxy.ts";
import { canHost } from "./stock-host.ts";
import type { StockProxy } from "./stock-proxy.ts";

const KNOWN = "333.hula.atlas";
const STRANGER = "334.hula.atlas";
/** Since OpenSSH 9.8 an address is shut out by 15 failures faster than one a second, if not by 3. */
const FAILURES = 60;
const AT_ONCE = 6;

(canHost() ? describe : describe.skip)("a proxy whose computers have one address, behind NAT", () => {
  let folder: string;
  let proxy: StockProxy;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "warren-test-"));
    await keyOf(folder, STRANGER);
    const device: KeyGrant = {
      role: "device",
      computer: id(KNOWN),
      key: await keyOf(folder, KNOWN),
      port: 61_333,
    };
    const files = new Map([["authorized_keys/hula", printAuthorizedKeys([device])]]);
    proxy = await startPreparedProxy({ systems: ["hula"], files });
  }, 60_000);
  afterAll(async () => {
    await proxy?.stop();
    await rm(folder, { recursive: true });
  });

  const login = async (name: string) =>
    run("ssh", [...(await sshArgs(folder, name, proxy)), "whoami"], { timeout: 10_000 });
  /** Goes as soon as sshd has said who it is, as a scanner does; or is sent away, which ends in silence. */
  const knock = () =>
    new Promise<void>((resolve) => {
      const socket = connect(proxy.port, "127.0.0.1");
      socket.on("error", () => {}).once("close", () => resolve());
      socket.once("data", () => socket.destroy());
    });
  const often = async (one: () => Promise<unknown>) => {
    for (let done = 0; done < FAILURES; done += AT_ONCE)
      await Promise.all(Array.from({ length: AT_ONCE }, one));
  };

  it.each([
    ["whose key is not known", () => login(STRANGER)],
    ["who leave without a login", knock],
  ])("lets one in while there are others %s", async (_who, fail) => {
    await often(fail);
    expect(await login(KNOWN)).toEqual({ status: 0, stdout: "hula\n", stderr: "" });
  });
});
