import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { deviceOf, generationOf, type SessionProxy, startSessionProxy, within5s } from "./session-proxy.ts";
import { canHost, freePorts } from "./stock-host.ts";

const ROUNDS = process.env.WARREN_LONG === undefined ? 12 : 200;

(canHost() ? describe : describe.skip)("a login that races the revocation of its key, on real sshd", () => {
  let proxy: SessionProxy;
  let script = "";
  let port = 0;
  const keys = new Map<string, string>();
  const device = (name: string) => deviceOf(`${name}.hula.atlas`, port, keys.get(name) ?? "");
  const standing = () => proxy.inForce(generationOf(1, [device("1")]));
  const revoked = async () => {
    await proxy.inForce(generationOf(1, [{ ...device("2"), port: port + 1 }]));
    await proxy.must(["/etc/warren/session", "sweep"]);
  };
  /** No process serves anybody: whoever is one has a session. One that was killed may take a moment to be gone. */
  const nobodyIsServed = () =>
    within5s(async () => (await proxy.run(["pgrep", "-u", "hula", "-x", "sshd(-session)?"])).stdout === "");
  const stall = (before: string) =>
    proxy.put(
      "/etc/warren/session",
      script.replace(
        before,
        (found) => `touch /run/stalled; until [ -e /run/go ]; do sleep 0.01; done\n${found}`,
      ),
      0o755,
    );

  beforeAll(async () => {
    proxy = await startSessionProxy();
    script = await proxy.read("/etc/warren/session");
    [port = 0] = await freePorts(2);
    for (const name of ["1", "2"]) keys.set(name, await proxy.key(name));
  });
  afterAll(() => proxy.stop());
  beforeEach(standing);
  afterEach(async () => {
    await proxy.put("/etc/warren/session", script, 0o755);
    await proxy.must(["rm", "-f", "/run/stalled", "/run/go"]);
    await proxy.hangUp();
  });

  it.each([
    ["before its record is written", /^ {2}printf .* >"\$record"$/m],
    ["after its record is written, before its key is looked up", /^ {2}if \[ -s "\$here\/blocked" .*$/m],
  ])("has no session: the hook stalled %s", async (_when, line) => {
    const [found = ""] = line.exec(script) ?? [];
    expect(found).not.toBe("");
    await stall(found);
    const attempt = proxy.tunnel("1", port);
    const outcome = expect(attempt).rejects.toThrow("no tunnel");
    await within5s(async () => (await proxy.run(["test", "-e", "/run/stalled"])).status === 0);
    await revoked();
    await proxy.must(["touch", "/run/go"]);
    await outcome;
    await nobodyIsServed();
    expect(await proxy.records()).toEqual([]);
  });

  it("would have one if the hook did not look again", async () => {
    const careless = script.replace(/^ {2}\[ "\$#" -gt 0 \] \|\| exit 1$/m, "  set -- 1.hula.atlas -");
    expect(careless).not.toBe(script);
    const [found = ""] = /^ {2}printf .* >"\$record"$/m.exec(careless) ?? [];
    await proxy.put(
      "/etc/warren/session",
      careless.replace(found, `touch /run/stalled; until [ -e /run/go ]; do sleep 0.01; done\n${found}`),
      0o755,
    );
    const attempt = proxy.tunnel("1", port);
    await within5s(async () => (await proxy.run(["test", "-e", "/run/stalled"])).status === 0);
    await revoked();
    await proxy.must(["touch", "/run/go"]);
    expect((await attempt).isUp()).toBe(true);
  });

  it(`has none, whenever the switch comes (${ROUNDS} times)`, async () => {
    let lateEnough = 0;
    for (let round = 0; round < ROUNDS; round++) {
      await standing();
      const attempt = proxy.tunnel("1", port).then(
        ({ ended }) => ended.then(() => "ended"),
        () => "refused",
      );
      await pause((round * 480) / ROUNDS);
      await revoked();
      if ((await attempt) === "ended") lateEnough++;
      await nobodyIsServed();
      expect(await proxy.records()).toEqual([]);
    }
    // Otherwise every login came too late to be a race.
    expect(lateEnough).toBeLessThan(ROUNDS);
  }, 300_000);
});
