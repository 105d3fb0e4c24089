import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { listenTo, sayTo } from "../../../adapters/keeper/line.ts";

describe("the lines between a keeper and its visitors", () => {
  let folder = "";
  let server: Server;
  let [here, there]: Socket[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "warren-test-"));
    server = createServer().listen(join(folder, "socket"));
    await once(server, "listening");
    there = connect(join(folder, "socket"));
    [here] = await once(server, "connection");
  });
  afterEach(async () => {
    for (const socket of [here, there]) socket?.destroy();
    server.close();
    await rm(folder, { recursive: true });
  });

  it("carry one document each", async () => {
    const heard: unknown[] = [];
    const both = new Promise<void>((resolve) => {
      if (there === undefined) throw new Error("nobody came");
      listenTo(there, (line) => heard.push(JSON.parse(line)) === 2 && resolve());
    });
    if (here === undefined) throw new Error("nobody came");
    sayTo(here, { a: "1\n" });
    sayTo(here, { b: "x".repeat(500_000) });
    await both;
    expect(heard).toEqual([{ a: "1\n" }, { b: "x".repeat(500_000) }]);
  });

  it("end where a visitor does not read, as one that is stopped: what a device goes on saying fills no memory", async () => {
    if (here === undefined) throw new Error("nobody came");
    here.on("error", () => {});
    const closed = once(here, "close");
    let most = 0;
    for (let said = 0; said < 1_000; said += 1) {
      sayTo(here, { payload: "x".repeat(65_536) });
      most = Math.max(most, here.writableLength);
    }
    expect(most).toBeLessThan(9 * 1024 ** 2);
    expect(here.destroyed).toBe(true);
    await closed;
  });
});
