import { setTimeout as pause } from "node:timers/promises";
import { TTL } from "../../flows/lease.ts";
import { DEVICE } from "./fault-realm.ts";
import { BROKER_PORT, type FaultScene } from "./fault-scene.ts";
import { cut } from "./place.ts";

/** What was seen, in seconds. */
export interface Recovery {
  /** From the fault's end (or its beginning, where it never ends) until a new controller ran a command. */
  readonly back: number;
  /** In words: what else was measured. */
  readonly seen?: string;
}

export interface Fault {
  readonly name: string;
  /** How it is made. */
  readonly how: string;
  /** Seconds by which the device must be back. */
  readonly bound: number;
  /** Seconds after that by which nothing of it may be left over. */
  readonly clean: number;
  readonly set?: Parameters<typeof FaultScene.set>[0];
  play(scene: FaultScene): Promise<Recovery>;
}

const BOUND = 60;
/** A lease whose controller could not end it lasts a minute; its tunnel closes after that. */
const CLEAN = TTL + 15;
/** Within which both ends must notice a dead link. */
const NOTICED = 45;
/** Several minutes of the limit that the proxy counts takeovers by. */
const CLONED_MS = 240_000;
const CLASH = "two computers may hold its key";
const fault = (name: string, how: string, play: Fault["play"], more: Partial<Fault> = {}): Fault => ({
  name,
  how,
  bound: BOUND,
  clean: CLEAN,
  play,
  ...more,
});
const rounded = (seconds: number): string => `${Math.round(seconds)} s`;

/** Takes seconds at most, all in one scene. */
export const shortFaults: readonly Fault[] = [
  fault(
    "proxy's sshd restarted",
    "SIGKILL to it and its sessions, a session in the tunnel",
    async (scene) => {
      const session = await scene.session();
      await scene.proxy.host.restart();
      const back = await scene.reached(BOUND);
      await session.ended;
      return { back };
    },
  ),
  fault(
    "agent killed",
    "SIGKILL while a session is in the tunnel; started again after 5 s",
    async (scene) => {
      const session = await scene.session();
      const [pid = Number.NaN] = scene.device.pidsOf(/^\S*node .*warren-agent\.js run/);
      await scene.device.signal("KILL", [pid]);
      const sshGone = await scene.until(() => scene.sshPids().length === 0, 5);
      const back = await scene.reached(BOUND);
      await session.ended;
      return { back, seen: `its ssh ended after ${sshGone.toFixed(1)} s` };
    },
  ),
  fault(
    "port held by a dead session",
    "SIGSTOP to the process on the proxy that holds it, then SIGKILL to agent and ssh",
    async (scene) => {
      const session = await scene.session();
      const servers = await scene.proxy.serversOf(DEVICE);
      await scene.proxy.host.run(["kill", "-STOP", ...servers.map(String)]);
      await scene.device.signal("KILL", [
        ...scene.device.pidsOf(/^\S*node .*warren-agent\.js run/),
        ...scene.sshPids(),
      ]);
      await scene.laptop.clear("KILL");
      await session.ended;
      if (!scene.isPortHeld()) throw new Error("the port is free");
      return { back: await scene.reached(BOUND) };
    },
  ),
];

const linkCut = (name: string, seconds: number, inUse: boolean): Fault =>
  fault(
    name,
    `iptables drops all, both ways, ${inUse ? "a session in the tunnel" : "nobody in the tunnel"}`,
    async (scene) => {
      const session = inUse ? await scene.session() : await scene.wake();
      const began = performance.now();
      const mend = await cut(scene.device);
      const noticed = await Promise.all([
        scene.until(() => !scene.isPortHeld(), NOTICED),
        scene.until(() => scene.standing()?.tunnel !== "up", NOTICED),
        scene.until(() => scene.standing()?.broker === "offline", NOTICED),
      ]);
      await pause(Math.max(0, seconds * 1000 - (performance.now() - began)));
      await mend();
      const back = await scene.reached(BOUND);
      await scene.laptop.clear();
      await session?.ended;
      const [proxy = 0, device = 0, broker = 0] = noticed;
      return {
        back,
        seen: `noticed by the proxy after ${rounded(proxy)}, by the device's ssh ${rounded(device)}, by its broker connection ${rounded(broker)}`,
      };
    },
  );

export const longFaults: readonly Fault[] = [
  linkCut("link cut for 10 min", 600, true),
  fault(
    "clock wrong by a day",
    "libfaketime: a day behind since the start, right after the tunnel opened without the broker",
    async (scene) => {
      await scene.until(() => scene.agentLog.includes("does not answer: certificate is not yet valid"), 30);
      const opened = await scene.until(() => scene.standing()?.tunnel === "up", 660);
      await scene.setClock("+0");
      const began = performance.now();
      await scene.untilOnline();
      await scene.reached(BOUND);
      return {
        back: (performance.now() - began) / 1000,
        seen: `its tunnel opened without the broker after ${Math.round(opened / 60)} min`,
      };
    },
    { set: { clock: "-1d" } },
  ),
  fault(
    "link cut for 5 s",
    "iptables drops all, both ways; the session in the tunnel goes on",
    async (scene) => {
      const session = await scene.session();
      const mend = await cut(scene.device);
      await pause(5_000);
      await mend();
      const back = await scene.reached(BOUND);
      await session.echo("still there");
      await scene.laptop.clear();
      return { back };
    },
  ),
  linkCut("link cut for 60 s", 60, false),
  linkCut("link cut for 60 s, in use", 60, true),
  fault(
    "proxy rebooted, sessions half open",
    "its network vanishes with it, and comes back empty",
    async (scene) => {
      const session = await scene.session();
      await scene.proxy.reboot();
      const back = await scene.reached(BOUND);
      await scene.laptop.clear("KILL");
      await session.ended;
      return { back };
    },
  ),
  fault("broker killed", "SIGKILL to mosquitto, started again 20 s later", async (scene) => {
    await scene.broker.kill();
    await pause(20_000);
    await scene.broker.start();
    return { back: await scene.reached(BOUND) };
  }),
  fault("broker black-holed for 90 s", "iptables drops its port, both ways", async (scene) => {
    const mend = await cut(scene.device, "-p", "tcp", "--dport", String(BROKER_PORT));
    const noticed = await scene.until(() => scene.standing()?.broker === "offline", NOTICED);
    await pause(90_000 - noticed * 1000);
    await mend();
    return { back: await scene.reached(BOUND), seen: `noticed after ${rounded(noticed)}` };
  }),
  fault("its ssh stopped", "SIGSTOP to the tunnel's ssh; it never goes on", async (scene) => {
    const session = await scene.session();
    const stopped = scene.sshPids();
    await scene.device.signal("STOP", stopped);
    const noticed = await scene.until(() => !scene.sshPids().some((pid) => stopped.includes(pid)), NOTICED);
    const back = noticed + (await scene.reached(BOUND));
    await scene.laptop.clear();
    await session.ended;
    return { back, seen: `noticed after ${rounded(noticed)}` };
  }),
  fault(
    "DNS gone for 90 s",
    "SIGKILL to the only name server, then to the broker, so that it must be looked up",
    async (scene) => {
      await scene.network.killNameServer();
      await scene.broker.kill();
      await scene.broker.start();
      await pause(90_000);
      await scene.network.startNameServer();
      return { back: await scene.reached(BOUND) };
    },
    { set: { resolver: true } },
  ),
  fault(
    "two agents with one identity for 2 min",
    "a copy of the profile on another computer",
    async (scene) => {
      const from = scene.broker.log.length;
      const clone = await scene.startClone();
      await pause(120_000);
      const connections =
        scene.broker.log.slice(from).match(/New client connected from \S+ as 333\.hula\.atlas/g)?.length ?? 0;
      // 40 would be one every 3 s; without longer pauses it were hundreds.
      if (connections > 40) throw new Error(`${connections} connections in two minutes`);
      await clone.stop();
      return {
        back: await scene.reached(BOUND),
        seen: `${connections} connections to the broker meanwhile, by both`,
      };
    },
  ),
  fault(
    "two agents with one identity for 4 min, no broker",
    "a copy of the profile on another computer, in a realm whose tunnels are always up",
    async (scene) => {
      const clone = await scene.startClone();
      const heldUntil = performance.now() + CLONED_MS;
      await scene.until(() => scene.agentLog.includes(CLASH), CLONED_MS / 1000);
      await pause(heldUntil - performance.now());
      const tunnels = scene.agentLog.match(/tunnel is up on the proxy's port/g)?.length ?? 0;
      // The first one, and three takeovers a minute, whenever the minute began.
      const most = 1 + 3 * (CLONED_MS / 60_000 + 1);
      if (tunnels > most) throw new Error(`${tunnels} tunnels in four minutes`);
      const told = await scene.proxy.clash("hula", DEVICE);
      if (!told.includes(CLASH)) throw new Error(`the proxy tells of no clash: ${told}`);
      await clone.stop();
      return { back: await scene.reached(BOUND), seen: `${tunnels} tunnels meanwhile, of both` };
    },
    { set: { withoutBroker: true } },
  ),
  fault(
    "controller killed while connected",
    "SIGKILL to all its processes: nobody ends its lease",
    async (scene) => {
      const session = await scene.session();
      await scene.laptop.clear("KILL");
      await session.ended;
      const back = await scene.reached(BOUND);
      const ended = await scene.until(() => scene.standing()?.tunnel === "down", TTL + 15);
      return { back, seen: `tunnel closed ${rounded(back + ended)} after it, by the end of the lease` };
    },
    { clean: 5 },
  ),
];
