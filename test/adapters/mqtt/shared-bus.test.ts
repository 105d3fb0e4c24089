import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { SharedBus } from "../../../adapters/mqtt/shared-bus.ts";
import type { Bus } from "../../../core/ports/bus.ts";

let folder: string;
let open: number;
let most: number;
let opened: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "warren-test-"));
  [open, most, opened] = [0, 0, 0];
});
afterEach(() => rm(folder, { recursive: true }));

/** A process of the computer: all of them have one client id, and one lock. */
const aProcess = (): SharedBus =>
  new SharedBus(
    async (): Promise<Bus> => {
      open += 1;
      opened += 1;
      most = Math.max(most, open);
      return {
        publish: async () => {},
        subscribe: async () => {},
        close: async () => {
          open -= 1;
        },
      };
    },
    join(folder, "broker"),
  );

describe("SharedBus", () => {
  it("never has two connections with one client id", async () => {
    const processes = [aProcess(), aProcess(), aProcess()];
    const ended = processes.map(async (one) => {
      await one.lend((bus) => bus.publish("topic", "payload"));
      await one.close();
    });
    await Promise.all(ended);
    expect({ most, opened, open }).toEqual({ most: 1, opened: 3, open: 0 });
  });

  it("lends the same connection to all that one process does at once and soon after", async () => {
    const one = aProcess();
    await Promise.all([one.lend(async () => {}), one.lend(async () => {})]);
    await one.lend(async () => {});
    await one.close();
    expect({ opened, open }).toEqual({ opened: 1, open: 0 });
  });

  it("gives its turn up where the broker does not answer", async () => {
    const failing = new SharedBus(
      async () => {
        throw new Error("connection refused");
      },
      join(folder, "broker"),
    );
    await expect(failing.lend(async () => {})).rejects.toThrow("connection refused");
    const next = aProcess();
    await next.lend(async () => {});
    await next.close();
    await failing.close();
    expect(opened).toBe(1);
  });
});
