import { type ChildProcess, fork } from "node:child_process";
import { createHmac, randomUUID } from "node:crypto";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { type LoadedForge, runApp } from "./load-app.ts";
import { runForge } from "./load-forge.ts";

/** Webhooks a second, and for how many seconds; each tells of a submission of its own. */
const RATE = Number(process.argv[3] ?? 50);
const SECONDS = Number(process.argv[2] ?? 60);
const MARKS = { lateMs: 1000, p99Ms: 200, bodyMB: 20, growthMB: 40 };
const MB = 1024 ** 2;

const [, program = "", role] = process.argv;
if (role === "forge" || role === "app") {
  process.once("disconnect", () => process.exit());
  const [first] = await once(process, "message");
  await (role === "forge" ? runForge() : runApp(first));
} else await measure();

async function measure(): Promise<void> {
  const children: ChildProcess[] = [];
  const start = async <T>(args: string[], given: object): Promise<[ChildProcess, T]> => {
    const child = fork(program, args, { execArgv: ["--expose-gc", "--no-warnings"] });
    children.push(child);
    return [child, await ask<T>(child, given)];
  };
  try {
    const [forge, at] = await start<LoadedForge>(["forge"], {});
    const [app, { url, metrics }] = await start<{ url: string; metrics: string }>(["app"], at);
    while (!(await (await fetch(metrics)).text()).includes('warren_sweeps_total{outcome="clean"} 1'))
      await sleep(50);
    await largeBodies(app, url);
    await load(forge, app, { ...at, hook: `${url}/api/github/webhooks`, metrics });
  } finally {
    for (const child of children) child.disconnect();
  }
}

async function told<T>(child: ChildProcess): Promise<T> {
  const given = new AbortController();
  const { signal } = given;
  const ended = once(child, "exit", { signal }).then(
    () => Promise.reject(new Error("a process of the load ended")),
    () => [],
  );
  const [message] = await Promise.race([once(child, "message", { signal }), ended]);
  given.abort();
  return message;
}

async function ask<T>(child: ChildProcess, question: object): Promise<T> {
  const answer = told<T>(child);
  child.send(question);
  return answer;
}

function mark(what: string, value: number, most: number, unit: string): void {
  const meets = value <= most;
  console.log(
    `${what.padEnd(46)}${value.toFixed(1).padStart(8)} ${unit}  (${meets ? "meets" : "MISSES"} ${most})`,
  );
  if (!meets) process.exitCode = 1;
}

/** 100 MB from somebody without the secret: announced or not, with a signature or what looks like one. */
async function largeBodies(app: ChildProcess, url: string): Promise<void> {
  const forged = `X-Hub-Signature-256: sha256=${"0".repeat(64)}\r\n`;
  const announced = "Content-Length: 100000000\r\n";
  const chunked = "Transfer-Encoding: chunked\r\n";
  for (const [what, headers] of [
    ["no signature", announced],
    ["a forged one", forged + announced],
    ["a forged one, no length", forged + chunked],
  ] as const) {
    await ask(app, {});
    const before = resident(app, "VmRSS");
    // Linux: the peak is counted anew from here.
    writeFileSync(`/proc/${app.pid}/clear_refs`, "5");
    await pour(
      url,
      `POST /api/github/webhooks HTTP/1.1\r\nHost: x\r\n${headers}\r\n`,
      headers.endsWith(chunked),
    );
    mark(`100 MB with ${what} cost`, (resident(app, "VmHWM") - before) / MB, MARKS.bodyMB, "MB");
  }
}

function resident({ pid }: ChildProcess, what: "VmRSS" | "VmHWM"): number {
  const [, kilobytes = "0"] =
    new RegExp(`${what}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kilobytes) * 1024;
}

async function pour(url: string, head: string, chunked: boolean): Promise<void> {
  const { hostname, port } = new URL(url);
  const piece = Buffer.alloc(1_000_000, "a");
  const chunk = chunked
    ? Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from("\r\n")])
    : piece;
  const socket = connect(Number(port), hostname);
  socket.on("error", () => undefined).resume();
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  socket.write(head);
  for (let sent = 0; sent < 100 && socket.writable; sent++) {
    await Promise.race([closed, new Promise<void>((resolve) => socket.write(chunk, () => resolve()))]);
  }
  await closed;
}

interface Hook extends LoadedForge {
  readonly hook: string;
  readonly metrics: string;
}

async function load(forge: ChildProcess, app: ChildProcess, at: Hook): Promise<void> {
  type Opened = { opened: { number: number; title: string }[] };
  const { opened } = await ask<Opened>(forge, { open: RATE * SECONDS });
  const took: number[] = [];
  let refused = 0;
  // Collecting holds the app up, so not while it is timed.
  const heaps = [(await ask<{ heap: number }>(app, {})).heap];
  const began = performance.now();
  const deliveries: Promise<void>[] = [];
  for (const [index, { number, title }] of opened.entries()) {
    const due = began + (index * 1000) / RATE;
    if (due > performance.now()) await sleep(due - performance.now());
    deliveries.push(
      deliver(at, number, title).then(({ ms, status }) => {
        took.push(ms);
        if (status !== 200) refused += 1;
      }),
    );
  }
  await Promise.all(deliveries);
  took.sort((a, b) => a - b);
  const quantile = (part: number) =>
    took[Math.min(took.length - 1, Math.floor(took.length * part))] ?? Number.NaN;
  console.log(
    `${took.length} webhooks in ${((performance.now() - began) / 1000).toFixed(1)} s, ${refused} not taken`,
  );
  mark("acceptance, half of them", quantile(0.5), MARKS.p99Ms, "ms");
  mark("acceptance, 99 of 100", quantile(0.99), MARKS.p99Ms, "ms");
  mark("acceptance, the slowest", quantile(1), MARKS.lateMs, "ms");
  mark("refused", refused, 0, "");

  const numbers = opened.map(({ number }) => number);
  const look = () => ask<{ decided: number; granted: number; comments: number }>(forge, { look: numbers });
  for (let seen = await look(), before = -1; seen.decided < numbers.length; seen = await look()) {
    // Quiet for so long means lost.
    if (seen.decided === before) break;
    before = seen.decided;
    heaps.push((await ask<{ heap: number }>(app, {})).heap);
    await sleep(15_000);
  }
  const { decided, granted, comments } = await look();
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  console.log(`quiet after ${seconds} s: ${decided} decided, ${granted} granted, ${comments} comments`);
  mark("submissions lost", numbers.length - granted, 0, "");
  mark("comments too many", comments - numbers.length, 0, "");
  const last = (await ask<{ heap: number }>(app, {})).heap;
  console.log(
    `memory in use, collected: ${[...heaps, last].map((heap) => (heap / MB).toFixed(0)).join(" ")} MB`,
  );
  mark("memory in use, end over start", (last - (heaps[0] ?? 0)) / MB, MARKS.growthMB, "MB");
}

async function deliver({ hook, installationId }: Hook, number: number, title: string) {
  const body = JSON.stringify({
    action: "opened",
    issue: { number, title, body: "x".repeat(8000), user: { login: "alice", id: 583231, type: "User" } },
    repository: {
      id: 1,
      full_name: "wildlife/atlas",
      name: "atlas",
      owner: { login: "wildlife" },
      default_branch: "main",
    },
    sender: { login: "alice", id: 583231, type: "User" },
    installation: { id: installationId },
  });
  const start = performance.now();
  const response = await fetch(hook, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-github-event": "issues",
      "x-github-delivery": randomUUID(),
      "x-hub-signature-256": `sha256=${createHmac("sha256", "load").update(body).digest("hex")}`,
    },
    body,
  });
  await response.text();
  return { ms: performance.now() - start, status: response.status };
}
