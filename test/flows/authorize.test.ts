import { describe, expect, it } from "@jest/globals";
import type { Directory } from "../../core/access/directory.ts";
import type { LoginKeys } from "../../core/ports/computer.ts";
import { instantOf } from "../../core/time.ts";
import { authorize } from "../../flows/authorize.ts";

const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDsan/ZqyKU/9HRExGZ8zXFIJYowkrdLSFB2h9J2wrsm";
const now = instantOf(new Date("2026-11-21T08:30:00Z"));
const directory: Directory = {
  format: 1,
  realm: "atlas",
  system: "hula",
  sequence: 5,
  proxy: { name: "eu", host: "proxy.example.org", port: 22, hostKeys: [KEY] },
  login: ["atlas", "field"],
  legacy: false,
  devices: {},
  controllers: { "controller-a": { keys: [{ key: KEY }] } },
};

const keysIn = (texts: Record<string, string>): LoginKeys => ({
  read: async (account) => texts[account] ?? "",
  write: async (account, text) => {
    if (account === "field") throw new Error("disk is full");
    texts[account] = text;
  },
});

describe("authorize", () => {
  it("sees to every account, also where one of them fails", async () => {
    const texts = { root: "mine\n" };
    expect(await authorize(keysIn(texts), ["field", "atlas", "root"], directory, now)).toEqual([
      { account: "field", keys: 1, state: "failed", problem: "disk is full" },
      { account: "atlas", keys: 1, state: "changed" },
      { account: "root", keys: 0, state: "same" },
    ]);
    expect(texts).toMatchObject({
      root: "mine\n",
      atlas: expect.stringContaining(`from="127.0.0.1,::1" ${KEY}`),
    });
    expect(await authorize(keysIn(texts), ["atlas"], directory, now)).toMatchObject([{ state: "same" }]);
  });

  it("takes the controllers out of an account that realm.yaml no longer names", async () => {
    const texts = { atlas: "mine\n" };
    await authorize(keysIn(texts), ["atlas"], directory, now);
    await authorize(keysIn(texts), ["atlas"], { ...directory, login: [] }, now);
    expect(texts).toEqual({ atlas: "mine\n" });
  });

  it("writes nothing when it only looks", async () => {
    const texts = {};
    expect(await authorize(keysIn(texts), ["atlas"], directory, now, "look")).toMatchObject([
      { state: "changed" },
    ]);
    expect(texts).toEqual({});
  });
});
