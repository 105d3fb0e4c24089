import { generateKeyPairSync } from "node:crypto";
import dns, { type LookupOptions } from "node:dns";
import { once } from "node:events";
import { createServer, type Server } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { type BusOptions, connectBus, openBus } from "../../../adapters/mqtt/bus.ts";
import type { Bus } from "../../../core/ports/bus.ts";
import { type Broker, startBroker } from "../../../sandbox/broker/broker.ts";
import type { StartedIot } from "../../../sandbox/iot/start.ts";
import { makeCsr, pemOf, subjectOf } from "../../core/made-csr.ts";
import { startedIot } from "../../made/iot.ts";

type Heard = (error: null, found: string | readonly object[], family?: number) => void;

const topic = (computer: string, leaf: string) => `atlas/hula/${computer}/tunnel/${leaf}`;

describe("a computer's connection to its broker", () => {
  let iot: StartedIot;
  let broker: Broker;
  const buses: Bus[] = [];

  beforeAll(async () => {
    iot = await startedIot();
    broker = await startBroker({ lingering: 0, iot: iot.model, ca: iot.ca });
  });
  afterEach(async () => {
    await Promise.all(buses.splice(0).map((bus) => bus.close()));
  });
  afterAll(async () => {
    await broker.close();
    await iot.close();
  });

  async function computer(
    name: string,
    active = true,
  ): Promise<BusOptions & { readonly certificate: string }> {
    const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const clientId = `${name}.hula.atlas.tunnels.example.org`;
    const csr = pemOf(makeCsr({ keys, subject: subjectOf(clientId, name, "hula") }));
    const { id, arn, pem } = await iot.model.createCertificateFromCsr(csr, active);
    iot.model.attachPolicy(name.startsWith("controller") ? "tunnel.controller" : "tunnel.target", arn);
    const key = keys.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const url = `mqtts://127.0.0.1:${broker.port}`;
    return { url, clientId, key, cert: pem, ca: iot.caPem, certificate: id };
  }

  const kept = <B extends Bus>(bus: B): B => {
    buses.push(bus);
    return bus;
  };

  /** A device's bus, what it complained of, and how to wait for its link. */
  function device(options: BusOptions) {
    const complaints: string[] = [];
    const bus = kept(openBus(options, (why) => complaints.push(why)));
    const links: string[] = [];
    const waiting = new Set<() => void>();
    bus.onLink((link) => {
      links.push(link);
      for (const look of waiting) look();
    });
    const becomes = (...wanted: string[]): Promise<void> =>
      new Promise((resolve) => {
        const look = () => {
          if (links.join().endsWith(wanted.join())) resolve();
        };
        waiting.add(look);
        look();
      });
    return { bus, complaints, links, becomes };
  }

  it("carries words both ways", async () => {
    const { bus, becomes } = device(await computer("333"));
    await becomes("online");
    const controller = kept(await connectBus(await computer("controller-a")));
    const states: string[] = [];
    const answered = new Promise<void>((resolve) => {
      void controller.subscribe(topic("333", "state"), (payload) => {
        states.push(payload);
        resolve();
      });
    });
    await bus.subscribe(
      topic("333", "control"),
      (word) => void bus.publish(topic("333", "state"), `heard ${word}`),
    );
    await controller.publish(topic("333", "control"), "connect");
    await answered;
    expect(states).toEqual(["heard connect"]);
  });

  it("hears nothing that is longer than any word of the protocol", async () => {
    const { bus, becomes } = device(await computer("333"));
    await becomes("online");
    const controller = kept(await connectBus(await computer("controller-a")));
    const heard: number[] = [];
    const fence = new Promise<void>((resolve) => {
      void controller.subscribe(topic("333", "state"), (payload) => {
        heard.push(payload.length);
        if (payload === "fence") resolve();
      });
    });
    for (const length of [65_536, 65_537]) await bus.publish(topic("333", "state"), "x".repeat(length));
    await bus.publish(topic("333", "state"), "fence");
    await fence;
    expect(heard).toEqual([65_536, 5]);
  });

  it("tells a controller at once which broker does not answer", async () => {
    const options = await computer("controller-a");
    const url = `mqtts://127.0.0.1:${await freePort()}`;
    await expect(connectBus({ ...options, url })).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringContaining(`broker ${url} does not answer`),
    });
  });

  it("goes on to a name's next address where nobody answers at the first", async () => {
    const lookUp = jest.spyOn(dns, "lookup").mockImplementation(((
      _: string,
      options: LookupOptions,
      heard: Heard,
    ) => {
      const addresses = ["127.0.0.9", "127.0.0.1"].map((address) => ({ address, family: 4 }));
      // Asked for one, a resolver gives the first.
      if (options.all === true) heard(null, addresses);
      else heard(null, "127.0.0.9", 4);
    }) as never);
    const options = await computer("controller-a");
    const controller = kept(await connectBus({ ...options, url: `mqtts://localhost:${broker.port}` }));
    lookUp.mockRestore();
    await controller.publish(topic("333", "control"), "connect");
  });

  it("tells a controller that a certificate is not active, or a broker not the realm's", async () => {
    const inactive = await computer("controller-a", false);
    await expect(connectBus(inactive)).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringMatching(/certificate active/),
    });
    const { ca: _, ...noCa } = await computer("controller-a");
    await expect(connectBus(noCa)).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringMatching(/certificate/),
    });
  });

  it("says that a topic is refused, and goes on", async () => {
    const controller = kept(await connectBus(await computer("controller-a")));
    await expect(controller.subscribe(topic("333", "control"), () => {})).rejects.toMatchObject({
      code: "refused",
    });
    await controller.subscribe(topic("333", "state"), () => {});
    await controller.publish(topic("333", "control"), "connect");
  });

  it("keeps a device trying until its certificate is active, and says why once", async () => {
    const options = await computer("333", false);
    const { becomes, complaints } = device(options);
    await becomes("offline");
    while (complaints.length === 0) await new Promise((resolve) => setImmediate(resolve));
    iot.model.updateCertificate(options.certificate, "ACTIVE");
    await becomes("online");
    expect(complaints).toEqual([expect.stringContaining("certificate active")]);
  });

  it("comes back by the key and certificate that took the old ones' place meanwhile", async () => {
    const [old, next] = [await computer("336"), await computer("336")];
    let inUse: Pick<BusOptions, "key" | "cert"> = old;
    const bus = kept(
      openBus(
        old,
        () => {},
        () => inUse,
      ),
    );
    const becomes = (wanted: string) =>
      new Promise<void>((resolve) => bus.onLink((link) => link === wanted && resolve()));
    await becomes("online");
    inUse = next;
    iot.model.updateCertificate(old.certificate, "INACTIVE");
    await becomes("offline");
    await becomes("online");
    await bus.publish(topic("336", "state"), "disconnected");
  });

  it("brings a device back after a loss, hearing each word once, also those said meanwhile", async () => {
    const options = await computer("335");
    const { bus, becomes } = device(options);
    await becomes("online");
    const words: string[] = [];
    let told = () => {};
    const hear = (word: string) => {
      words.push(word);
      told();
    };
    await bus.subscribe(topic("335", "control"), hear);
    const controller = kept(await connectBus(await computer("controller-a")));

    iot.model.updateCertificate(options.certificate, "INACTIVE");
    await becomes("offline");
    await controller.publish(topic("335", "control"), "while away");
    iot.model.updateCertificate(options.certificate, "ACTIVE");
    const both = new Promise<void>((resolve) => {
      told = () => {
        if (words.length === 2) resolve();
      };
    });
    await becomes("online");
    await bus.subscribe(topic("335", "control"), hear);
    await controller.publish(topic("335", "control"), "back again");
    await both;
    expect(words).toEqual(["while away", "back again"]);
  });

  it("tries again when a broker answers that it is not ready yet", async () => {
    const { certPem, keyPem } = await iot.ca.serverCertificate(["127.0.0.1"]);
    let dialled = 0;
    // CONNACK: server unavailable (MQTT 3.1.1, 3.2.2.3).
    const busy = createServer({ cert: certPem, key: keyPem }, (socket) => {
      dialled += 1;
      socket.on("error", () => {});
      socket.once("data", () => socket.write(Buffer.from([0x20, 0x02, 0x00, 0x03])));
    });
    const url = `mqtts://127.0.0.1:${await listen(busy)}`;
    const { complaints } = device({ ...(await computer("333")), url });
    while (dialled < 2) await once(busy, "secureConnection");
    await new Promise((resolve) => busy.close(resolve));
    expect(complaints[0]).toMatch(/server unavailable/i);
  });
});

async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}
