import { createServer, type Server } from "node:http";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

/** What the app counts. Labels hold words of ours and names of events, never a repository, a title or a person. */
export class Metrics {
  readonly registry = new Registry();
  readonly #registers = [this.registry];

  readonly answered = new Histogram({
    name: "warren_webhook_seconds",
    help: "time from a webhook's head to its answer",
    labelNames: ["status"],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 5, 10],
    registers: this.#registers,
  });
  readonly deliveries = new Counter({
    name: "warren_deliveries_total",
    help: "signed deliveries: taken, seen before, or none of ours",
    labelNames: ["event", "outcome"],
    registers: this.#registers,
  });
  readonly worked = new Counter({
    name: "warren_worked_total",
    help: "what came of an issue or a pull request, by webhook or by sweep",
    labelNames: ["by", "outcome"],
    registers: this.#registers,
  });
  readonly sweeps = new Counter({
    name: "warren_sweeps_total",
    help: "sweeps of a repository",
    labelNames: ["outcome"],
    registers: this.#registers,
  });
  readonly sweptAt = new Gauge({
    name: "warren_last_sweep_timestamp_seconds",
    help: "when a sweep last ended without a failure",
    registers: this.#registers,
  });
  readonly limits = new Counter({
    name: "warren_github_limits_total",
    help: "times that GitHub asked to wait",
    labelNames: ["limit"],
    registers: this.#registers,
  });
  readonly dispatches = new Counter({
    name: "warren_dispatches_total",
    help: "repository_dispatch events that start a sync",
    labelNames: ["outcome"],
    registers: this.#registers,
  });
  readonly missed = new Counter({
    name: "warren_missed_deliveries_total",
    help: "deliveries that GitHub could not hand over: asked for again, or given up",
    labelNames: ["outcome"],
    registers: this.#registers,
  });

  /** A value that is looked up whenever somebody reads the metrics. */
  watch(name: string, help: string, value: () => number): void {
    new Gauge({
      name,
      help,
      registers: this.#registers,
      collect() {
        this.set(value());
      },
    });
  }
}

/** `GET /metrics`, on a port of its own: the webhook's is open to the world. */
export function createMetricsServer({ registry }: Metrics): Server {
  collectDefaultMetrics({ register: registry });
  return createServer((request, response) => {
    if (request.url !== "/metrics" || request.method !== "GET") {
      response.writeHead(404, { "content-type": "text/plain" }).end("metrics are at /metrics\n");
      return;
    }
    registry.metrics().then(
      (text) => response.writeHead(200, { "content-type": registry.contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  });
}
