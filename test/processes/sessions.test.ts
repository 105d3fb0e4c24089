import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { run } from "../../adapters/openssh/run.ts";
import type { ComputerRecord } from "../../core/registry/record.ts";
import { accepted, madeRecord } from "../made/access.ts";
import { deviceOf, generationOf, type SessionProxy, startSessionProxy, within5s } from "./session-proxy.ts";
import { canHost, freePorts } from "./stock-host.ts";

const describeHere = canHost() ? describe : describe.skip;

describeHere("sessions on real sshd", () => {
  let proxy: SessionProxy;
  let ports: readonly [number, number] = [0, 0];
  const servers: Server[] = [];
  const keys = new Map<string, string>();
  const line = (name: string): string => keys.get(name) ?? "";
  const one = (...names: string[]) => deviceOf("1.hula.atlas", ports[0], ...names.map(line));
  const two = () => deviceOf("2.hula.atlas", ports[1], line("two"));
  const inForce = (...records: ComputerRecord[]) => proxy.inForce(generationOf(1, records));
  const sweep = () => proxy.must(["/etc/warren/session", "sweep"]);
  const nobody = () => within5s(async () => (await proxy.records()).length === 0);

  beforeAll(async () => {
    proxy = await startSessionProxy();
    const [a = 0, b = 0] = await freePorts(2);
    ports = [a, b];
    for (const name of ["one", "newer", "two", "desk"]) keys.set(name, await proxy.key(name));
  });
  afterAll(() => proxy.stop());
  beforeEach(() => inForce(one("one"), two()));
  afterEach(async () => {
    for (const server of servers.splice(0)) server.close();
    await proxy.hangUp();
    await proxy.run(["sh", "-c", "rm -f /run/warren/release/*/*"]);
  });

  it("are recorded while they last", async () => {
    expect(await proxy.ask("one", "whoami")).toMatchObject({ status: 0, stdout: "hula\n" });
    await nobody();
    await proxy.tunnel("one", ports[0]);
    expect(await proxy.records()).toEqual([
      expect.stringMatching(/^hula ssh-ed25519 AAAA\S+ 127\.0\.0\.1\n1\.hula\.atlas\n127\.0\.0\.1:\d+\n$/),
    ]);
    await proxy.hangUp();
  });

  it("end when their key goes, and no others do", async () => {
    const [gone, stays] = [await proxy.tunnel("one", ports[0]), await proxy.tunnel("two", ports[1])];
    expect(await sweep()).toBe("");
    await inForce(two());
    expect(await sweep()).toBe("1.hula.atlas hula removed\n");
    await gone.ended;
    expect(stays.isUp()).toBe(true);
    expect(await sweep()).toBe("");
  });

  it("end when their computer's port is another one", async () => {
    const moved = await proxy.tunnel("one", ports[0]);
    const stays = await proxy.tunnel("two", ports[1]);
    const [other = 0] = await freePorts(1);
    await inForce(deviceOf("1.hula.atlas", other, line("one")), two());
    expect(await sweep()).toBe("1.hula.atlas hula moved\n");
    await moved.ended;
    expect(stays.isUp()).toBe(true);
  });

  it("end when their key's time is up", async () => {
    const first = await proxy.tunnel("one", ports[0]);
    await proxy.tunnel("two", ports[1]);
    const ends = (end: string) => ({ ...one(), sshKeys: [accepted(line("one"), end)] });
    await inForce(ends("2126-11-21T08:00:00Z"), two());
    expect(await sweep()).toBe("");
    await inForce(ends("2026-11-20T08:00:00Z"), two());
    expect(await sweep()).toBe("1.hula.atlas hula expired\n");
    await first.ended;
    expect(await proxy.ask("one", "whoami")).toMatchObject({ status: 255 });
  });

  it("whose processes are gone are forgotten, also where another process has the pid", async () => {
    await proxy.tunnel("two", ports[1]);
    const put = (name: string) =>
      proxy.put(`/run/warren/sessions/${name}`, "hula ssh-ed25519 AAAA -\n3.hula.atlas\n");
    await put("999999.12");
    await put("1.12");
    expect(await sweep()).toBe("");
    expect(await proxy.records()).toHaveLength(1);
  });

  it("whose marks are gone, as an older hook left none, get them back with the next sweep", async () => {
    const tunnel = await proxy.tunnel("one", ports[0]);
    await proxy.must(["rm", "-r", "/run/warren/computers"]);
    expect(await sweep()).toBe("");
    expect(await proxy.ask("one", "release")).toMatchObject({ status: 0 });
    await tunnel.ended;
  });

  it("of a key that a sync removes are ended within 5 s; a bystander's transfer goes on", async () => {
    const size = 100_000_000;
    // ssh has nothing to send, and says so at once.
    const server = createServer({ allowHalfOpen: true });
    servers.push(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const desk = madeRecord("controller-a.hula.atlas", { sshKeys: [accepted(line("desk"))] });
    await inForce(one("one"), two(), desk);
    const [gone, stays] = [await proxy.tunnel("one", ports[0]), await proxy.tunnel("two", ports[1], port)];

    const through = ["-W", `127.0.0.1:${ports[1]}`];
    const transfer = spawn("ssh", proxy.sshWith("desk", ...through), { stdio: ["ignore", "pipe", "ignore"] });
    const received = bytesOf(transfer);
    const [socket] = (await once(server, "connection")) as [Socket];
    socket.write(Buffer.alloc(size / 2));
    const start = performance.now();
    expect(await proxy.apply(generationOf(2, [two(), desk]))).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('"sessions":{"kind":"swept","ended":["1.hula.atlas hula removed"]}'),
    });
    await gone.ended;
    expect(performance.now() - start).toBeLessThan(5_000);
    socket.end(Buffer.alloc(size / 2));
    expect(await received).toBe(size);
    expect(stays.isUp()).toBe(true);
  }, 60_000);

  it("of a rotated key last until its end, beside those of the new one", async () => {
    const tunnel = await proxy.tunnel("one", ports[0]);
    const rotated = {
      ...one("newer"),
      sshKeys: [accepted(line("one"), "2126-11-21T08:00:00Z"), accepted(line("newer"))],
    };
    expect((await proxy.apply(generationOf(2, [rotated, two()]))).status).toBe(0);
    expect(tunnel.isUp()).toBe(true);
    expect((await proxy.ask("newer", "release")).status).toBe(0);
    await tunnel.ended;
    await proxy.tunnel("newer", ports[0]);
  });

  it("of a blocked key end at once, and sshd itself lets it in no more, until that is undone", async () => {
    const [blocked, other] = [await proxy.tunnel("one", ports[0]), await proxy.tunnel("two", ports[1])];
    const { fingerprint } = accepted(line("one"));
    expect(await proxy.warren("block", fingerprint, "--reason", "stolen from the boat")).toMatchObject({
      status: 0,
      stdout: `${fingerprint} is blocked; 1 session ended\n`,
    });
    await blocked.ended;
    expect(await proxy.ask("one", "whoami")).toMatchObject({ status: 255 });
    await within5s(() => proxy.log().includes("revoked by file /etc/warren/blocked.krl"));
    expect(await proxy.ask("two", "whoami")).toMatchObject({ status: 0 });
    expect(other.isUp()).toBe(true);

    const status = await proxy.warren("status", "--json");
    expect(JSON.parse(status.stdout)).toMatchObject({
      sessions: { hula: 1 },
      blocked: [{ fingerprint, reason: "stolen from the boat" }],
    });
    expect((await proxy.warren("block", "--list")).stdout).toContain(fingerprint);
    expect((await proxy.warren("block", "--undo", fingerprint)).status).toBe(0);
    expect(await proxy.ask("one", "whoami")).toMatchObject({ status: 0 });
  });

  it("of one device are 30 at most: its key uses up nothing that others need", async () => {
    await proxy.tunnel("one", ports[0]);
    const own = (await proxy.must(["sh", "-c", "ls /run/warren/computers"])).trim();
    for (let n = 1; n < 30; n++) await proxy.put(`/run/warren/computers/${own}${n}`, "");
    expect((await proxy.ask("one", "whoami")).status).not.toBe(0);
    expect((await proxy.ask("two", "whoami")).status).toBe(0);
    await proxy.must(["rm", `/run/warren/computers/${own}1`]);
    expect((await proxy.ask("one", "whoami")).status).toBe(0);
    await sweep();
    expect((await proxy.must(["sh", "-c", "ls /run/warren/computers"])).trim()).toBe(own);
  });

  it("begin for nobody where they can't be recorded: /run is full", async () => {
    await proxy.must(["sh", "-c", "rm -rf /run/warren/sessions; touch /run/warren/sessions"]);
    const asked = await proxy.ask("one", "whoami");
    await proxy.must(["rm", "/run/warren/sessions"]);
    expect(asked).toMatchObject({ status: 255, stdout: "" });
    expect(await proxy.ask("one", "whoami")).toMatchObject({ status: 0 });
  });

  it("take no variable of a computer's, whatever the host takes from others", async () => {
    await proxy.put("/etc/ssh/sshd_config.d/10-host.conf", "AcceptEnv *\n");
    await proxy.reload();
    const sent = ["-o", "SetEnv=LD_DEBUG=libs PATH=/tmp PS4=x SHELLOPTS=xtrace"];
    const asked = await run("ssh", [...proxy.sshWith("one", ...sent), "whoami"], { timeout: 10_000 });
    await proxy.must(["rm", "/etc/ssh/sshd_config.d/10-host.conf"]);
    await proxy.reload();
    expect(asked).toMatchObject({ status: 0, stdout: "hula\n", stderr: "" });
  });

  it("end with the keys that an older registry lacks, where root forces it with a reason", async () => {
    await inForce(one("one"), two());
    expect((await proxy.apply(generationOf(7, [one("one"), two()]))).status).toBe(0);
    const gone = await proxy.tunnel("one", ports[0]);
    expect((await proxy.apply(generationOf(2, [two()]))).stdout).toContain("7 is in force");
    expect((await proxy.apply(generationOf(2, [two()]), "--force", "")).status).toBe(2);
    expect((await proxy.apply(generationOf(2, [two()]), "--force", "a\nb")).status).toBe(2);
    expect(gone.isUp()).toBe(true);
    expect((await proxy.apply(generationOf(2, [two()]), "--force", "the boat was sold")).status).toBe(0);
    await gone.ended;
    expect((await proxy.warren("status")).stdout).toMatch(/by root: the boat was sold$/m);
    const { stdout, stderr } = await proxy.warren("rollback");
    expect(stdout).toMatch(/^generation \d+ is in force\n0 sessions ended\n$/);
    expect(stderr).toContain(`${accepted(line("one")).fingerprint} is let in again`);
  });

  it("begin for nobody where the list of blocked keys is gone, and for all where it is empty", async () => {
    await proxy.must(["mv", "/etc/warren/blocked.krl", "/root/krl"]);
    expect(await proxy.ask("one", "whoami")).toMatchObject({ status: 255 });
    expect((await proxy.warren("block", "--undo", accepted(line("one")).fingerprint)).status).toBe(1);
    expect(await proxy.ask("one", "whoami")).toMatchObject({ status: 0 });
  });

  it("begin for nobody of Warren's group where the hook is gone; others log in", async () => {
    await proxy.must(["useradd", "--create-home", "--password", "*", "visitor"]);
    await proxy.put("/home/visitor/.ssh/authorized_keys", `${line("desk")}\n`);
    await proxy.must(["mv", "/etc/warren/session", "/root/session"]);
    const visit = proxy.sshWith("desk").with(-1, "visitor@127.0.0.1");
    const visited = await run("ssh", [...visit, "id -un"], { timeout: 10_000 });
    const asked = await proxy.ask("one", "whoami");
    await proxy.must(["mv", "/root/session", "/etc/warren/session"]);
    expect(visited).toMatchObject({ status: 0, stdout: "visitor\n" });
    expect(asked.status).not.toBe(0);
    expect(asked.stdout).not.toContain("hula");
    await proxy.must(["userdel", "visitor"]);
  });

  describe("release", () => {
    it("ends the older session of the same computer, whichever of its keys holds it, and frees the port at once", async () => {
      await inForce(one("one", "newer"), two());
      const [older, other] = [await proxy.tunnel("one", ports[0]), await proxy.tunnel("two", ports[1])];
      await expect(proxy.tunnel("newer", ports[0])).rejects.toThrow("remote port forwarding failed");
      expect(older.isUp()).toBe(true);
      expect(await proxy.ask("newer", "release")).toMatchObject({ status: 0, stderr: "" });
      await proxy.tunnel("newer", ports[0]);
      await older.ended;
      expect(other.isUp()).toBe(true);
    });

    it("is granted three times a minute, then refused, and the clash is told", async () => {
      for (let time = 1; time <= 3; time++) {
        const tunnel = await proxy.tunnel("one", ports[0]);
        expect((await proxy.ask("one", "release")).status).toBe(0);
        await tunnel.ended;
      }
      const last = await proxy.tunnel("one", ports[0]);
      const refused = await proxy.ask("one", "release");
      expect(refused).toMatchObject({
        status: 1,
        stderr: expect.stringContaining("1.hula.atlas was released 3 times within the minute"),
      });
      expect(last.isUp()).toBe(true);
      expect(await proxy.read("/run/warren/release/hula/1.clash")).toContain(
        "two computers may hold its key",
      );
    });

    it("counts no release of the future, which a clock that went back leaves", async () => {
      const tunnel = await proxy.tunnel("one", ports[0]);
      const later = Math.floor(Date.now() / 1000) + 86_400;
      await proxy.must(["sh", "-c", `yes ${later} | head -3 >/run/warren/release/hula/1`]);
      await proxy.must(["chown", "hula", "/run/warren/release/hula/1"]);
      expect(await proxy.ask("one", "release")).toMatchObject({ status: 0, stderr: "" });
      await tunnel.ended;
    });

    it("can't be stopped, nor be made to write elsewhere, by another account of the host", async () => {
      await proxy.ask("one", "release");
      const as = (script: string) =>
        proxy.run([
          "setpriv",
          "--reuid",
          "nobody",
          "--regid",
          "warren",
          "--clear-groups",
          "sh",
          "-c",
          script,
        ]);
      const folder = "/run/warren/release/hula";
      expect((await as(`flock -n ${folder}/1 true`)).status).not.toBe(0);
      expect((await as(`ln -s /tmp/x ${folder}/1.clash`)).status).not.toBe(0);
      const stranger = ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups"];
      expect((await proxy.run([...stranger, "ls", "/run/warren/sessions"])).status).not.toBe(0);
      expect(
        (await as("touch /run/warren/x /run/warren/release/x /run/warren/sessions/x /run/warren/computers/x"))
          .status,
      ).not.toBe(0);
    });

    it("costs nothing where there is nothing to end", async () => {
      for (let time = 1; time <= 5; time++) expect((await proxy.ask("one", "release")).status).toBe(0);
      await nobody();
    });
  });
});

async function bytesOf({ stdout }: ChildProcess): Promise<number> {
  let count = 0;
  for await (const chunk of (stdout ?? []) as AsyncIterable<Buffer>) count += chunk.length;
  return count;
}
