import { beforeEach, describe, expect, it } from "@jest/globals";
import { SharedBus } from "../../../adapters/mqtt/shared-bus.ts";

let open: number;
let opened: number;
let refuses: boolean;
let shared: SharedBus;

beforeEach(() => {
  [open, opened, refuses] = [0, 0, false];
  shared = new SharedBus(async () => {
    opened += 1;
    if (refuses) throw new Error("connection refused");
    open += 1;
    return {
      publish: async () => {},
      subscribe: async () => {},
      unsubscribe: () => {},
      close: async () => {
        open -= 1;
      },
    };
  });
});

describe("SharedBus", () => {
  it("lends one connection to all, at once and one after the other, until it is closed", async () => {
    await Promise.all([shared.lend(async () => {}), shared.lend(async () => {})]);
    await shared.lend(async () => {});
    expect({ opened, open }).toEqual({ opened: 1, open: 1 });
    await shared.close();
    await shared.close();
    expect({ opened, open }).toEqual({ opened: 1, open: 0 });
  });

  it("tries again where the broker did not answer", async () => {
    refuses = true;
    await expect(shared.lend(async () => {})).rejects.toThrow("connection refused");
    refuses = false;
    await shared.lend(async () => {});
    expect({ opened, open }).toEqual({ opened: 2, open: 1 });
  });
});
