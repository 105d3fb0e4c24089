import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { LocalCa } from "../adapters/local-ca/ca.ts";
import { type BusOptions, connectBus, type LinkedBus, openBus } from "../adapters/mqtt/bus.ts";
import { makeRequest, makeX509Key } from "../adapters/x509/request.ts";
import { subjectNameOf } from "../core/computer/enrollment.ts";
import { parseControl, printState } from "../core/tunnel/messages.ts";
import { id } from "../test/made/access.ts";
import { PlacedBroker } from "../test/processes/placed-broker.ts";
import { freePorts } from "../test/processes/stock-host.ts";

/** Wake-ups of devices whose connections lie idle on one mosquitto, all by mutual TLS; see README.md. */
const [, program = "", role] = process.argv;
const MOSQUITTO = "/usr/sbin/mosquitto";
/** Each device is a process of its own in life; one for all of them would pause for their common garbage. */
const PROCESSES = 5;
const WARM_UP = 300;
const WAKES = 3_000;
/** As many at a time connect to the broker, whose backlog holds a hundred. */
const AT_ONCE = 40;
const MOST_MS = 100;

const topicOf = (device: string, leaf: string): string => `atlas/hula/${device}/tunnel/${leaf}`;

async function measure(devices: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "warren-bench-"));
  const [port = 0] = await freePorts(1);
  const children: ChildProcess[] = [];
  let broker: PlacedBroker | undefined;
  try {
    const ca = await LocalCa.open(join(folder, "ca"));
    const listener = { address: "127.0.0.1", port, host: "127.0.0.1" };
    broker = await PlacedBroker.start(join(folder, "broker"), ca, listener);
    const before = residentOf(broker);
    const options: BusOptions = {
      ...(await certificateOf(ca)),
      url: `mqtts://127.0.0.1:${port}`,
      clientId: "",
    };
    const share = devices / PROCESSES;
    for (let first = 0; first < devices; first += share) {
      const child = spawn(
        process.execPath,
        ["--expose-gc", program, "devices", String(first), String(first + share)],
        {
          stdio: ["pipe", "pipe", "inherit"],
        },
      );
      children.push(child);
      child.stdin.write(`${JSON.stringify(options)}\n`);
      const ended = once(child, "exit").then(() => {
        throw new Error("devices ended");
      });
      ended.catch(() => {});
      await Promise.race([once(createInterface({ input: child.stdout }), "line"), ended]);
    }
    const each = (residentOf(broker) - before) / devices;
    const bus = await connectBus({ ...options, clientId: "controller" });
    const answered = new Map<string, () => void>();
    await bus.subscribe("atlas/hula/+/tunnel/state", (_, topic) => answered.get(topic)?.());
    const wake = async (device: number): Promise<number> => {
      const began = performance.now();
      const answer = new Promise<number>((resolve) => {
        answered.set(topicOf(String(device), "state"), () => resolve(performance.now() - began));
      });
      await bus.publish(topicOf(String(device), "control"), "connect");
      return answer;
    };
    for (let count = 0; count < WARM_UP; count++) await wake(count % devices);
    const times: number[] = [];
    for (let count = 0; count < WAKES; count++) times.push(await wake(Math.floor(Math.random() * devices)));
    times.sort((a, b) => a - b);
    const at = (share: number): number => times[Math.floor(times.length * share)] ?? Number.NaN;
    const p99 = at(0.99);
    console.log(`${devices} idle connections, ${each.toFixed(0)} KiB of the broker's memory each`);
    console.log(
      `${WAKES} wake-ups: p50 ${at(0.5).toFixed(2)} ms, p99 ${p99.toFixed(2)} ms, longest ${at(0.99999).toFixed(1)} ms`,
    );
    console.log(`p99 ${p99 <= MOST_MS ? "meets" : "MISSES"} ${MOST_MS} ms`);
    if (!(p99 <= MOST_MS)) process.exitCode = 1;
    await bus.close();
  } finally {
    for (const child of children) {
      if (child.exitCode !== null) continue;
      child.kill("SIGKILL");
      await once(child, "exit");
    }
    await broker?.kill();
    await rm(folder, { recursive: true });
  }
}

/** Devices that do nothing but answer; the connection is the agent's own. */
async function serveDevices(first: number, end: number): Promise<void> {
  const [line] = await once(createInterface({ input: process.stdin }), "line");
  process.stdin.on("end", () => process.exit());
  const options: BusOptions = JSON.parse(String(line));
  const answer = printState({ word: "connected", form: "plain", port: 61333 });
  for (let from = first; from < end; from += AT_ONCE) {
    const names = Array.from({ length: Math.min(AT_ONCE, end - from) }, (_, index) => String(from + index));
    await Promise.all(
      names.map(async (name) => {
        const bus = openBus({ ...options, clientId: `${name}.hula.atlas` }, (why) => console.error(why));
        await online(bus);
        await bus.subscribe(topicOf(name, "control"), (payload) => {
          if (parseControl(payload).word === "connect") void bus.publish(topicOf(name, "state"), answer);
        });
      }),
    );
  }
  globalThis.gc?.();
  console.log("ready");
}

const online = (bus: LinkedBus): Promise<void> =>
  new Promise((resolve) => {
    bus.onLink((link) => {
      if (link === "online") resolve();
    });
  });

async function certificateOf(ca: LocalCa): Promise<Pick<BusOptions, "key" | "cert" | "ca">> {
  const key = makeX509Key();
  const cert = await ca.sign(makeRequest(key, subjectNameOf(id("333.hula.atlas"), "")));
  return { key, cert, ca: ca.certPem };
}

/** KiB. */
function residentOf({ pid }: PlacedBroker): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
}

if (role === "devices") await serveDevices(Number(process.argv[3]), Number(process.argv[4]));
else if (existsSync(MOSQUITTO)) await measure(Number(role ?? 5_000));
else {
  console.error("wake: needs mosquitto");
  process.exitCode = 3;
}
