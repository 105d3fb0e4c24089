import { createHmac, randomUUID } from "node:crypto";
import type { App } from "./apps.ts";
import type { ForgeEvent } from "./events.ts";
import type { Forge } from "./forge.ts";
import { iso } from "./ids.ts";
import { Links } from "./links.ts";
import { type Payload, showEvent } from "./show-event.ts";

export interface Delivery {
  readonly app: App;
  /** Stays when the delivery is asked for again. */
  readonly guid: string;
  readonly event: string;
  readonly payload: Payload;
}

/** One sending of a delivery, and what came of it. */
export interface Attempt extends Delivery {
  readonly id: number;
  readonly at: Date;
  readonly redelivery: boolean;
  readonly seconds: number;
  /** `OK` for any 2xx. */
  readonly status: string;
  readonly statusCode: number;
  readonly requestHeaders: Readonly<Record<string, string>>;
  readonly responseBody: string;
}

/**
 * How a delivery is sent: one copy for each number, so many milliseconds late. `[0]` is once, in order; `[]` loses it,
 * `[0, 0]` doubles it, delays of different lengths shuffle.
 */
export type DeliveryPolicy = (delivery: Delivery) => readonly number[];

/** GitHub waits no longer, and doesn't try again by itself. */
const PATIENCE_MS = 10_000;

/** Signs what happens and posts it to the apps, in the background and in order. */
export class Webhooks {
  readonly #forge: Forge;
  readonly #links: Links;
  readonly #attempts: Attempt[] = [];
  readonly #stop = new AbortController();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #unlisten: () => void;
  #policy: DeliveryPolicy;
  #queue: Promise<void> = Promise.resolve();
  #underWay = 0;
  #nextId = 1;
  #idle: (() => void)[] = [];

  constructor(forge: Forge, policy: DeliveryPolicy = () => forge.troubles?.delivery() ?? [0]) {
    this.#forge = forge;
    this.#links = new Links(() => forge.url);
    this.#policy = policy;
    this.#unlisten = forge.listen((event) => this.#hear(event));
  }

  set policy(policy: DeliveryPolicy) {
    this.#policy = policy;
  }

  /** The newest first. */
  attemptsOf(app: App): readonly Attempt[] {
    return this.#attempts.filter((attempt) => attempt.app === app).reverse();
  }

  ping(app: App): void {
    const at = iso(app.createdAt);
    const config = { content_type: "json", insecure_ssl: "0", url: app.hook.url };
    const hook = {
      type: "App",
      id: app.id,
      name: "web",
      active: true,
      events: app.events,
      config,
      created_at: at,
      updated_at: at,
      app_id: app.id,
    };
    const payload = { zen: "Keep it logically awesome.", hook_id: app.id, hook };
    this.#send({ app, guid: randomUUID(), event: "ping", payload });
  }

  /** Sends a delivery again, under its old GUID. */
  redeliver(attempt: Attempt): void {
    this.#later(() => this.#post(attempt, true));
  }

  /** Resolves once nothing is under way. */
  settled(): Promise<void> {
    if (this.#underWay === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  close(): void {
    this.#unlisten();
    this.#stop.abort();
    for (const timer of this.#timers) clearTimeout(timer);
  }

  /** The payload is made at once: what it tells of may look different later. */
  #hear(event: ForgeEvent): void {
    for (const app of this.#forge.apps) {
      if (app.hook.url === undefined || event.repository.owner !== app.installedOn) continue;
      if (!app.events.includes(event.name)) continue;
      const payload = showEvent(this.#links, app, event);
      this.#send({ app, guid: randomUUID(), event: event.name, payload });
    }
  }

  #send(delivery: Delivery): void {
    for (const late of this.#policy(delivery)) {
      const post = () => this.#post(delivery, false);
      if (late === 0) this.#later(post);
      else this.#begin(() => this.#wait(late).then(post));
    }
  }

  /** Behind whatever waits already. */
  #later(post: () => Promise<void>): void {
    this.#begin(() => {
      this.#queue = this.#queue.then(post);
      return this.#queue;
    });
  }

  #begin(work: () => Promise<void>): void {
    this.#underWay += 1;
    const done = () => {
      this.#underWay -= 1;
      if (this.#underWay > 0) return;
      for (const resolve of this.#idle.splice(0)) resolve();
    };
    work().then(done, done);
  }

  #wait(late: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        resolve();
      }, late);
      this.#timers.add(timer);
    });
  }

  async #post(delivery: Delivery, redelivery: boolean): Promise<void> {
    const { url } = delivery.app.hook;
    if (url === undefined || this.#stop.signal.aborted) return;
    const body = JSON.stringify(delivery.payload);
    const requestHeaders = headersFor(delivery, body);
    const at = this.#forge.now();
    const start = performance.now();
    const outcome = await this.#fetch(url, requestHeaders, body);
    const seconds = Math.round((performance.now() - start) / 10) / 100;
    const id = this.#nextId;
    this.#nextId += 1;
    this.#attempts.push({ ...delivery, id, at, redelivery, seconds, requestHeaders, ...outcome });
  }

  async #fetch(url: string, headers: Record<string, string>, body: string) {
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(PATIENCE_MS)]);
    try {
      const response = await fetch(url, { method: "POST", headers, body, signal, redirect: "manual" });
      const status = response.ok ? "OK" : `Invalid HTTP Response: ${response.status}`;
      return { status, statusCode: response.status, responseBody: await response.text() };
    } catch (error) {
      const timedOut = error instanceof DOMException && error.name === "TimeoutError";
      const status = timedOut ? "timed out" : "failed to connect to host";
      return { status, statusCode: timedOut ? 504 : 502, responseBody: "" };
    }
  }
}

function headersFor({ app, guid, event }: Delivery, body: string): Record<string, string> {
  const mac = (algorithm: string) => createHmac(algorithm, app.hook.secret).update(body).digest("hex");
  const signed = {
    "x-hub-signature": `sha1=${mac("sha1")}`,
    "x-hub-signature-256": `sha256=${mac("sha256")}`,
  };
  return {
    accept: "*/*",
    "content-type": "application/json",
    "user-agent": "GitHub-Hookshot/sandbox",
    "x-github-delivery": guid,
    "x-github-event": event,
    "x-github-hook-id": String(app.id),
    "x-github-hook-installation-target-id": String(app.id),
    "x-github-hook-installation-target-type": "integration",
    ...(app.hook.secret === "" ? {} : signed),
  };
}
