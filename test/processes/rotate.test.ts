import { existsSync, readFileSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import * as z from "zod";
import type { Child } from "../../sandbox/children.ts";
import { Computer } from "../../sandbox/computer.ts";
import { type Sandbox, startSandbox } from "../../sandbox/start.ts";
import { until } from "../made/running-sandbox.ts";

const dist = fileURLToPath(new URL("../../dist", import.meta.url));
const DEVICE = "d1.tern.atlas";
const CONTROLLER = "controller-1.tern.atlas";

let sandbox: Sandbox;
let device: Computer;
let controller: Computer;
let agent: Child;

beforeAll(async () => {
  const file = fileURLToPath(new URL("../../realm.yaml", import.meta.url));
  sandbox = await startSandbox({ realm: { file: "realm.yaml", text: readFileSync(file, "utf8") }, dist });
  device = await Computer.make(DEVICE, "alice", sandbox);
  controller = await Computer.make(CONTROLLER, "alice", sandbox);
  const enrolled = await Promise.all([device.enroll(await device.startSshd(["deck"])), controller.enroll()]);
  expect(enrolled.map(({ status }) => status)).toEqual([0, 0]);
  agent = device.startAgent();
  await agent.firstLine;
}, 90_000);
afterAll(() => sandbox.stop());

const keysOf = ({ profile }: Computer) =>
  Object.fromEntries(
    ["identity", "identity.pub", "x509.key", "x509.pem"].map((name) => [
      name,
      readFileSync(join(profile, name), "utf8"),
    ]),
  );
const rotate = (computer: Computer, ...more: readonly string[]) =>
  computer.warren([
    "enroll",
    "--rotate",
    computer.id,
    "--repository",
    sandbox.realm.repository.fullName,
    "--json",
    ...more,
  ]);
const state = z.object({ state: z.string() });

describe("warren enroll --rotate", () => {
  it.each([
    ["a device whose agent runs", () => device],
    ["a controller", () => controller],
  ])(
    "gives %s new keys, and both still reach each other",
    async (_who, whose) => {
      const before = keysOf(whose());
      const { status, stdout, stderr } = await rotate(whose());
      expect({ status, stderr }).toEqual({ status: 0, stderr: expect.any(String) });
      expect(state.parse(JSON.parse(stdout))).toEqual({ state: "rotated" });
      const after = keysOf(whose());
      for (const [name, text] of Object.entries(before)) expect(after[name]).not.toBe(text);

      const run = await controller.warren(["connect", `deck@${DEVICE}`, "--", "echo", "here"]);
      expect(run).toMatchObject({ status: 0, stdout: "here\n" });
    },
    90_000,
  );

  it("is finished by the agent where it was granted when nobody waited any more", async () => {
    const before = keysOf(device);
    const { status } = await rotate(device, "--no-wait");
    expect(status).toBe(0);
    expect(keysOf(device)).toEqual(before);
    const next = join(device.profile, "next-identity.pub");
    const [, key = ""] = readFileSync(next, "utf8").split(" ");
    const lines = join(sandbox.dir, "proxies/eu/etc/warren/current/authorized_keys/tern");
    await until(async () => readFileSync(lines, "utf8").includes(key) || undefined);
    await agent.stop();
    const long = new Date(Date.now() - 2 * 3_600_000);
    utimesSync(next, long, long);
    agent = device.startAgent();
    await until(async () => agent.log().includes("new keys are in place") || undefined);
    expect(existsSync(next)).toBe(false);
    expect(keysOf(device)["x509.pem"]).not.toBe(before["x509.pem"]);
    const run = await controller.warren(["connect", `deck@${DEVICE}`, "--", "echo", "here"]);
    expect(run).toMatchObject({ status: 0, stdout: "here\n" });
  }, 90_000);

  it("refuses a computer that is not enrolled here", async () => {
    const stranger = await Computer.make("d2.tern.atlas", "alice", sandbox);
    const { status, stderr } = await rotate(stranger);
    expect(status).toBe(2);
    expect(stderr).toContain("d2.tern.atlas is not enrolled here\nhint: warren enroll d2.tern.atlas");
  });
});
