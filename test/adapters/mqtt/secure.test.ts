import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { connectBus } from "../../../adapters/mqtt/bus.ts";
import { type BrokerAccess, connectAhead, takeAhead } from "../../../adapters/mqtt/secure.ts";
import { type OpenBroker, startOpenBroker } from "../../processes/open-broker.ts";

describe("a connection begun ahead", () => {
  let broker: OpenBroker;
  let access: BrokerAccess;
  beforeEach(async () => {
    broker = await startOpenBroker();
    access = { url: broker.url, ca: broker.ca, ...broker.client };
  });
  afterEach(() => broker.close());

  it("is the one that the bus connects by", async () => {
    connectAhead(access);
    const bus = await connectBus({ ...access, clientId: "one" });
    expect(broker.greetings).toHaveLength(1);
    expect(broker.arrived).toEqual(["one"]);
    await bus.close();
  });

  it("is taken once", () => {
    connectAhead(access);
    takeAhead(access)?.destroy();
    expect(takeAhead(access)).toBeUndefined();
  });

  it.each([
    ["another broker", { url: "mqtts://127.0.0.1:1" }],
    ["another CA", { ca: "another" }],
    ["the system's CAs", { ca: undefined }],
    ["another certificate", { cert: "another" }],
    ["another key", { key: "another" }],
  ])("is closed instead for whoever wants %s", async (_what, other) => {
    connectAhead(access);
    expect(takeAhead({ ...access, ...other } as BrokerAccess)).toBeUndefined();
    expect(takeAhead(access)).toBeUndefined();
  });

  it("that fails says why to whoever took it", async () => {
    const wrong = { ...access, ca: broker.client.cert };
    connectAhead(wrong);
    await expect(connectBus({ ...wrong, clientId: "one" })).rejects.toThrow(/self-signed/);
    expect(broker.arrived).toEqual([]);
  });
});
