import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { bannerThrough } from "../../adapters/openssh/banner.ts";
import { sshTo } from "../../adapters/openssh/pinned-proxy.ts";
import { SshTunnel } from "../../adapters/openssh/tunnel.ts";
import { id } from "../made/access.ts";
import { until } from "../made/running-sandbox.ts";
import { type BrokerIdentity, makeIdentities } from "./broker-identities.ts";
import { CONTROLLER } from "./controller-account.ts";
import { hasMosquitto, type Mosquitto, startMosquitto } from "./mosquitto.ts";
import { type PlainPlace, plainController, plainDevice } from "./plain-peer.ts";
import { type Relay, startRelay } from "./relay.ts";
import { TUNNEL_PORT } from "./small-realm.ts";
import { DEVICE, type RealmBroker, startWokenRealm, topicsOf, type WokenRealm } from "./woken-realm.ts";

const TOPICS = "atlas/hula/333/tunnel";

(hasMosquitto() ? describe : describe.skip)("a realm whose broker is mosquitto, by mutual TLS", () => {
  let folder: string;
  let mosquitto: Mosquitto;
  let relay: Relay;
  let broker: RealmBroker;
  /** Another controller of the system, whose program is of the older kind. */
  let older: BrokerIdentity;
  let stranger: BrokerIdentity;
  let woken: WokenRealm;
  const open: { close(): Promise<void> }[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "warren-test-"));
    const identities = await makeIdentities(folder);
    const [device, controller] = await Promise.all([identities.of(DEVICE), identities.of(CONTROLLER)]);
    older = await identities.of("controller-b.hula.atlas");
    stranger = await identities.of("334.hula.atlas");
    mosquitto = await startMosquitto(join(folder, "broker"), identities, [
      ...topicsOf(device, controller, older),
      {
        clientId: stranger.clientId,
        says: ["atlas/hula/334/tunnel/state"],
        hears: ["atlas/hula/334/tunnel/control"],
      },
    ]);
    relay = await startRelay([mosquitto.port]);
    broker = {
      url: `mqtts://127.0.0.1:${mosquitto.port}`,
      urlOfDevice: `mqtts://127.0.0.1:${relay.port}`,
      ca: identities.ca,
      device,
      controller,
    };
  });
  beforeEach(async () => {
    woken = await startWokenRealm(broker);
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((one) => one.close()));
    await woken.close();
  });
  afterAll(async () => {
    await relay.close();
    await mosquitto.stop();
    await rm(folder, { recursive: true });
  });

  const place = (who: BrokerIdentity): PlainPlace => ({
    url: broker.url,
    ca: broker.ca,
    who,
    topics: TOPICS,
  });
  const kept = async <T extends { close(): Promise<void> }>(starting: Promise<T>): Promise<T> => {
    const one = await starting;
    open.push(one);
    return one;
  };
  const pinned = () => {
    const { proxy, proxyKey } = woken.realm;
    return { host: proxy.host, port: proxy.port, hostKeys: [proxyKey] };
  };
  /** By the key in that file. */
  const way = (computer: string, key: string): Promise<readonly string[]> => {
    const file = (name: string) => join(woken.realm.folder, name);
    return sshTo(id(computer), pinned(), { identity: file(key), knownHosts: file(`${key}.known`) });
  };
  /** What programs of the older kind reach the device by: their own ssh, and the port that they were told. */
  const bannerAt = async (port: string | undefined): Promise<string> => {
    const to = await way(CONTROLLER, "controller");
    return bannerThrough(["-W", `127.0.0.1:${port}`, ...to], 5_000);
  };
  const tunnelIsDown = () =>
    until(() => woken.agentLog().trimEnd().endsWith("tunnel is closed") || undefined);
  const hello = { status: 0, stdout: "hello\n" };

  it("wakes the device, lets the controller in, and puts it to sleep; after a restart of the broker too", async () => {
    expect(await woken.warren("connect", "333", "--", "echo", "hello")).toMatchObject(hello);
    expect(await woken.warren("disconnect", "333")).toMatchObject({ status: 0 });
    await tunnelIsDown();
    await mosquitto.restart();
    expect(await woken.warren("connect", "333", "--", "echo", "hello")).toMatchObject(hello);
    expect(await woken.warren("disconnect", "333")).toMatchObject({ status: 0 });
    await tunnelIsDown();
    expect(woken.agentLog().match(/tunnel is up/g)).toHaveLength(2);
  }, 60_000);

  it("delivers a word that was said while the device's link was cut, and the broker restarted meanwhile", async () => {
    const peer = await kept(plainController(place(older)));
    await peer.say("state?");
    await peer.state("disconnected");
    relay.cut();
    await peer.say("connect");
    await mosquitto.restart();
    expect(woken.agentLog()).not.toContain("tunnel is up");
    relay.mend();
    const fields = await peer.state("connected");
    expect(await bannerAt(fields.get("port"))).toBe("SSH-2.0-WarrenSandbox_333.hula.atlas");
  }, 60_000);

  it("delivers an answer that was given while the broker was away", async () => {
    const peer = await kept(plainController(place(older)));
    await peer.say("connect");
    await mosquitto.restart(async () => {
      await until(() => woken.agentLog().includes("tunnel is up") || undefined);
    });
    expect((await peer.state("connected")).get("port")).toBe(String(TUNNEL_PORT));
  }, 60_000);

  it("takes nothing from a certificate that is another computer's", async () => {
    const other = await kept(plainController(place(stranger)));
    await other.say("connect");
    expect(await woken.warren("connect", "--wake", "333")).toMatchObject({ status: 0 });
    const peer = await kept(plainController(place(older)));
    await peer.say("state?");
    // Only the controller's lease holds the tunnel, and the stranger heard none of it.
    expect((await peer.state("connected")).get("n")).toBe("1");
    expect(other.heard).toEqual([]);
  });

  describe("the plain protocol", () => {
    it("opens for exactly `connect`, and answers exactly `disconnected` to `disconnect`", async () => {
      const peer = await kept(plainController(place(older)));
      await peer.say("connect");
      const fields = await peer.state("connected");
      expect(await bannerAt(fields.get("port"))).toBe("SSH-2.0-WarrenSandbox_333.hula.atlas");
      await peer.say("disconnect");
      await peer.state("disconnected");
      expect(peer.heard.at(-1)).toBe("disconnected");
      await tunnelIsDown();
    });

    it("is spoken by our controller to a device that knows no other", async () => {
      await woken.stopAgent();
      const args = await way(DEVICE, "identity");
      const tunnel = new SshTunnel({
        sshd: woken.realm.device,
        sshTo: async () => args,
        controlPath: join(woken.realm.folder, "sock"),
      });
      const old = await kept(
        plainDevice(place(broker.device), {
          port: TUNNEL_PORT,
          open: () => tunnel.open({ proxy: pinned(), port: TUNNEL_PORT }),
          close: () => tunnel.close(),
        }),
      );
      expect(await woken.warren("connect", "333", "--", "echo", "hello")).toMatchObject(hello);
      await until(() => old.told.at(-1) === "disconnect" || undefined);
      expect(old.told.filter((word) => !word.includes("|"))).toEqual(["connect", "disconnect"]);
    }, 30_000);
  });
});
