import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { until } from "../made/running-sandbox.ts";
import { WARREN } from "./controller-account.ts";
import { type ReachedDevice, reachDevice } from "./reached-device.ts";

describe("list, by the system's own ssh", () => {
  let reached: ReachedDevice;
  beforeAll(async () => {
    reached = await reachDevice();
  });
  afterAll(() => reached.close());

  it("tells whose tunnel is up", async () => {
    expect(await reached.warren("list")).toMatchObject({
      status: 0,
      stdout: "333.hula.atlas  port 61333  tunnel up  ssh atlas@333.hula.atlas\n",
      stderr: "",
    });
  });

  it("goes on looking, and prints a document at each change", async () => {
    const child = spawn(process.execPath, [WARREN, "list", "--watch", "--json"], {
      env: reached.env,
      stdio: ["ignore", "pipe", "inherit"],
    });
    let said = "";
    child.stdout.on("data", (chunk: Buffer) => {
      said += chunk.toString("utf8");
    });
    const tunnels = () =>
      said
        .split("\n")
        .filter(Boolean)
        .flatMap((line) => JSON.parse(line).map(({ tunnel }: { tunnel: string }) => tunnel));
    await until(() => (tunnels().length === 1 ? true : undefined));
    await reached.tunnelDown();
    await until(() => (tunnels().length === 2 ? true : undefined));
    await reached.tunnelUp();
    await until(() => (tunnels().length === 3 ? true : undefined));
    expect(tunnels()).toEqual(["up", "down", "up"]);
    const ended = once(child, "close");
    child.kill("SIGINT");
    expect(await ended).toEqual([130, null]);
  }, 60_000);

  it("does not draw where there is no terminal", async () => {
    expect(await reached.warren("list", "--watch")).toMatchObject({
      status: 2,
      stderr: "warren: --watch draws on a terminal, and stdout is none\nhint: add --json\n",
    });
  });
});
