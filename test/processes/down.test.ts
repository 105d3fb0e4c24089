import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { readProfile } from "../../core/computer/profile.ts";
import { Computer } from "../../sandbox/computer.ts";
import { type Sandbox, startSandbox } from "../../sandbox/start.ts";

const dist = fileURLToPath(new URL("../../dist", import.meta.url));
const DEVICE = "d1.tern.atlas";

let sandbox: Sandbox;
let controller: Computer;
let newcomer: Computer;
let silent: Server;

beforeAll(async () => {
  const file = fileURLToPath(new URL("../../realm.yaml", import.meta.url));
  sandbox = await startSandbox({ realm: { file: "realm.yaml", text: readFileSync(file, "utf8") }, dist });
  const device = await Computer.make(DEVICE, "alice", sandbox);
  controller = await Computer.make("controller-1.tern.atlas", "alice", sandbox);
  newcomer = await Computer.make("controller-2.tern.atlas", "alice", sandbox);
  const enrolled = await Promise.all([device.enroll(await device.startSshd(["deck"])), controller.enroll()]);
  expect(enrolled.map(({ status, stderr }) => [status, stderr])).toEqual([
    [0, expect.any(String)],
    [0, expect.any(String)],
  ]);
  silent = createServer(() => {});
  silent.listen(0, "127.0.0.1");
  await once(silent, "listening");
}, 60_000);

afterAll(async () => {
  silent.close();
  await sandbox.stop();
});

const portOfSilence = (): number => (silent.address() as AddressInfo).port;

/** Runs `warren` on a computer, with the seconds that it took. */
async function timed(computer: Computer, ...argv: readonly string[]) {
  const began = performance.now();
  const { status, stderr } = await computer.warren(argv);
  return { status, stderr, seconds: (performance.now() - began) / 1000 };
}

const connect = () => timed(controller, "connect", `deck@${DEVICE}`, "--", "true");

/** Points the controller's profile to another broker. */
function turnBroker(port: number): () => void {
  const path = join(controller.profile, "profile.json");
  const intact = readFileSync(path, "utf8");
  const read = readProfile(intact);
  if (!read.ok || read.value.broker === undefined) throw new Error("no profile with a broker");
  const broker = { ...read.value.broker, url: `mqtts://127.0.0.1:${port}` };
  writeFileSync(path, JSON.stringify({ ...read.value, broker }));
  return () => writeFileSync(path, intact);
}

describe("warren, with a part of the realm down", () => {
  it("ends with 3 and names the device when its agent is not running", async () => {
    const { status, stderr } = await connect();
    expect({ status, stderr }).toEqual({
      status: 3,
      stderr: expect.stringContaining(`device ${DEVICE} does not answer`),
    });
  }, 30_000);

  it.each([
    ["refuses", () => 1],
    ["says nothing", portOfSilence],
  ])(
    "ends with 3 within 10 s and names the broker that %s",
    async (_, port) => {
      const back = turnBroker(port());
      const { status, stderr, seconds } = await connect();
      back();
      expect({ status, stderr }).toEqual({ status: 3, stderr: expect.stringMatching(/^warren: broker /m) });
      expect(seconds).toBeLessThan(10);
    },
    30_000,
  );

  it("ends with 3 within 10 s and names the proxy", async () => {
    await sandbox.takeDown.proxies();
    const { status, stderr, seconds } = await connect();
    expect({ status, stderr }).toEqual({ status: 3, stderr: expect.stringMatching(/^warren: proxy /m) });
    expect(seconds).toBeLessThan(10);
  }, 30_000);

  it("ends with 3 within 10 s and names the forge", async () => {
    await sandbox.takeDown.forge();
    const { status, stderr, seconds } = await timed(newcomer, "enroll", newcomer.id);
    expect({ status, stderr }).toEqual({
      status: 3,
      stderr: expect.stringMatching(/^warren: forge 127\.0\.0\.1:\d+ /m),
    });
    expect(seconds).toBeLessThan(10);
  }, 30_000);
});
