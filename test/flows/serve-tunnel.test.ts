import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { type Directory, printDirectory } from "../../core/access/directory.ts";
import type { Profile } from "../../core/computer/profile.ts";
import { Failure } from "../../core/failure.ts";
import type { SignedText } from "../../core/keys/signed-text.ts";
import { parseComputerId } from "../../core/names.ts";
import type { TunnelProcess, TunnelTarget } from "../../core/ports/tunnel.ts";
import { parseInstant } from "../../core/time.ts";
import { leaseIdFrom, printControl } from "../../core/tunnel/messages.ts";
import type { Standing } from "../../core/tunnel/standing.ts";
import { type DeviceBus, type ServePorts, TunnelServer } from "../../flows/serve-tunnel.ts";
import type { Stopwatch } from "../../flows/tunnel-driver.ts";

const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDsan/ZqyKU/9HRExGZ8zXFIJYowkrdLSFB2h9J2wrsm";
const directory: Directory = {
  format: 1,
  realm: "atlas",
  system: "hula",
  sequence: 5,
  proxy: { name: "eu", host: "proxy.example.org", port: 22, hostKeys: [KEY] },
  login: ["atlas"],
  legacy: false,
  devices: { 333: { port: 61333, hostKeys: [] } },
  controllers: { "controller-a": { keys: [{ key: KEY }] } },
};
const profile: Profile = {
  format: 1,
  id: "333.hula.atlas",
  repository: "wildlife/atlas",
  proxy: { host: "proxy.example.org", port: 22, hostKeys: [KEY] },
  signers: ["the realm's key"],
  device: {
    sshd: { host: "127.0.0.1", port: 22 },
    authorizedKeys: { atlas: "/home/atlas/.ssh/authorized_keys" },
  },
};
const CONTROL = "atlas/hula/333/tunnel/control";
const STATE = "atlas/hula/333/tunnel/state";
const LEASE = leaseIdFrom(Buffer.alloc(16, 7));

/** Time that the test moves. */
class Hand implements Stopwatch {
  #now = 0;
  #timers = new Map<object, { at: number; act: () => void }>();

  now = (): number => this.#now;

  after = (milliseconds: number, act: () => void): (() => void) => {
    const timer = {};
    this.#timers.set(timer, { at: this.#now + milliseconds, act });
    return () => void this.#timers.delete(timer);
  };

  async pass(milliseconds: number): Promise<void> {
    const until = this.#now + milliseconds;
    for (;;) {
      await settled();
      const [next] = [...this.#timers].sort(([, a], [, b]) => a.at - b.at);
      if (next === undefined || next[1].at > until) break;
      this.#timers.delete(next[0]);
      this.#now = Math.max(this.#now, next[1].at);
      next[1].act();
    }
    this.#now = until;
    await settled();
  }
}

/** A broker that hands everything over, and can be taken away. */
class OneBus implements DeviceBus {
  readonly said: string[] = [];
  #heard: (payload: string, topic: string) => void = () => {};
  #link: (link: "online" | "offline") => void = () => {};

  async publish(topic: string, payload: string, how?: "retained"): Promise<void> {
    const kept = how === undefined ? "" : `${how} `;
    this.said.push(`${kept}${topic === STATE ? "state" : topic} ${payload}`);
  }
  async subscribe(topic: string, heard: (payload: string, topic: string) => void): Promise<void> {
    if (topic === CONTROL) this.#heard = heard;
  }
  unsubscribe(): void {
    this.#heard = () => {};
  }
  onLink(heard: (link: "online" | "offline") => void): void {
    this.#link = heard;
    heard("offline");
  }
  async close(): Promise<void> {
    this.said.push("closed");
  }
  link = (link: "online" | "offline"): void => this.#link(link);
  hear = (payload: string): void => this.#heard(payload, CONTROL);
}

class OneTunnel implements TunnelProcess {
  readonly did: string[] = [];
  refuses = false;
  /** A proxy that lets nobody listen any more. */
  leftHost = "";
  lost: (why: string) => void = () => {};
  isBusy = false;

  async open({ proxy, port }: TunnelTarget): Promise<void> {
    this.did.push(`open ${proxy.host} ${port}`);
    if (this.refuses || proxy.host === this.leftHost) throw new Failure("refused", "proxy refused");
  }
  async close(): Promise<void> {
    this.did.push("close");
  }
  busy = async (): Promise<boolean> => this.isBusy;
  onDown(heard: (why: string) => void): void {
    this.lost = heard;
  }
}

/** A proxy that serves one directory, "signed" by naming who signed. */
class OneDesk {
  served: Directory | undefined = directory;
  signedBy = "the realm's key";
  readonly asked: string[] = [];
  /** How long a release takes, and how long a directory. */
  releasing = Promise.resolve();
  serving = Promise.resolve();

  ask = async (question: string): Promise<string> => {
    this.asked.push(question);
    if (question === "release") return this.releasing.then(() => "");
    await this.serving;
    if (this.served === undefined) throw new Failure("unavailable", "proxy does not answer");
    const armor = `-----BEGIN SSH SIGNATURE-----\n${this.signedBy}\n-----END SSH SIGNATURE-----\n`;
    return `${printDirectory(this.served)}${armor}`;
  };
}

const settled = async (): Promise<void> => {
  for (let turns = 0; turns < 20; turns += 1) await new Promise((resolve) => setImmediate(resolve));
};

describe("a device that serves its tunnel", () => {
  let hand: Hand;
  let bus: OneBus;
  let tunnel: OneTunnel;
  let desk: OneDesk;
  /** Of proxies beside the one of the enrolment. */
  let desks: Map<string, OneDesk>;
  let saved: SignedText | undefined;
  let keys: string;
  let logged: string[];
  let standings: Standing[];
  let server: TunnelServer;

  const start = async (withBus = true, of: Profile = profile): Promise<void> => {
    const id = parseComputerId(profile.id);
    const now = parseInstant("2026-11-21T08:30:00Z");
    if (!id.ok || !now.ok) throw new Error("fixture");
    const ports: ServePorts = {
      clock: { now: () => now.value },
      stopwatch: hand,
      tunnel,
      signatures: {
        verify: async (_, signature, signers) =>
          signers.some((signer) => signature.includes(`\n${signer}\n`)),
      },
      store: {
        load: async () => saved,
        save: async (text) => {
          saved = text;
        },
      },
      loginKeys: {
        read: async () => keys,
        write: async (_, text) => {
          keys = text;
        },
      },
      deskAt: ({ host }) => desks.get(host) ?? desk,
      random: () => 0.5,
      log: (message) => logged.push(message),
      trouble: (message) => logged.push(message),
      stands: (standing) => standings.push(standing),
      uses: () => {},
      ready: () => {},
    };
    server = new TunnelServer(ports, { id: id.value, profile: of, boot: "b00t" }, withBus ? bus : undefined);
    await server.start();
    await settled();
    if (withBus) bus.link("online");
    await settled();
  };

  beforeEach(() => {
    [hand, bus, tunnel, desk, keys, logged] = [
      new Hand(),
      new OneBus(),
      new OneTunnel(),
      new OneDesk(),
      "",
      [],
    ];
    saved = undefined;
    standings = [];
    desks = new Map();
  });
  afterEach(() => server.stop());

  it("says at first that it is down, and has let the controllers in already", async () => {
    await start();
    expect(bus.said).toEqual(["state disconnected"]);
    expect(keys).toContain(`from="127.0.0.1,::1" ${KEY} controller-a.hula.atlas`);
    expect(saved?.text).toBe(printDirectory(directory));
  });

  it("opens for a lease, tells the port once the tunnel stands, and closes when the lease has ended", async () => {
    await start();
    bus.hear(printControl({ word: "connect", form: "lease", lease: LEASE, seq: 1, ttl: 60 }));
    await settled();
    expect(tunnel.did).toEqual(["open proxy.example.org 61333"]);
    expect(bus.said.at(-1)).toMatch(/^state connected\|port=61333\|v=2\|boot=b00t\|n=1\|leases=/);
    bus.hear(printControl({ word: "disconnect", form: "lease", lease: LEASE, seq: 2 }));
    expect(bus.said.at(-1)).toBe("state disconnected");
    await hand.pass(10_000);
    expect(tunnel.did.at(-1)).toBe("close");
  });

  it("asks for the directory anew for each that wakes it", async () => {
    await start();
    desk.served = { ...directory, sequence: 6, controllers: {} };
    bus.hear("connect");
    await settled();
    expect(keys).toBe("");
  });

  const inOrder = (): readonly string[] => {
    const order: string[] = [];
    tunnel.open = async () => void order.push("open");
    const ask = desk.ask;
    desk.ask = (question) => {
      order.push(question);
      return ask(question);
    };
    return order;
  };

  it("asks for it behind its tunnel's login, so that the answer can come over that connection", async () => {
    await start();
    const order = inOrder();
    bus.hear("connect");
    await settled();
    expect(order).toEqual(["open", "directory"]);
  });

  it("asks over the tunnel's connection even for what it has just learned: else sshd delays small packets there", async () => {
    const order = inOrder();
    await start(false);
    expect(order).toEqual(["directory", "open", "directory"]);
  });

  it("uses the directory that it has while the proxy gives none", async () => {
    await start();
    desk.served = undefined;
    bus.hear("connect");
    await settled();
    expect(bus.said.at(-1)).toBe("state connected|port=61333");
  });

  it.each([
    ["is signed by somebody else", (desk: OneDesk) => (desk.signedBy = "a stranger's key")],
    ["is older than the one it has", (desk: OneDesk) => (desk.served = { ...directory, sequence: 4 })],
    [
      "is of another system",
      (desk: OneDesk) => (desk.served = { ...directory, sequence: 9, system: "tern" }),
    ],
  ])("ignores a directory that %s", async (_, change) => {
    await start();
    const [before, text] = [keys, saved?.text];
    change(desk);
    bus.hear("connect");
    await settled();
    expect(keys).toBe(before);
    expect(saved?.text).toBe(text);
    expect(logged.join("\n")).toContain("directory from the proxy is not used");
  });

  it("has its own older tunnel released where that holds the port, and tries again", async () => {
    await start();
    tunnel.refuses = true;
    bus.hear("connect");
    await settled();
    expect(desk.asked.at(-1)).toBe("release");
    expect(tunnel.did).toHaveLength(2);
    tunnel.refuses = false;
    await hand.pass(2_000);
    expect(bus.said.at(-1)).toBe("state connected|port=61333");
  });

  it("says what the proxy says of a copy that holds its port, and tries each half minute at least", async () => {
    tunnel.refuses = true;
    const words = "two computers may hold its key";
    const refusal = Promise.reject(new Failure("refused", words));
    refusal.catch(() => {});
    desk.releasing = refusal;
    await start(false);
    await hand.pass(600_000);
    expect(logged).toContain(`tunnel did not open: its port is held: ${words}`);
    const before = tunnel.did.length;
    await hand.pass(30_000);
    expect(tunnel.did.length).toBeGreaterThan(before);
  });

  it("comes back as seldom as one whose key is revoked where nobody says that a copy holds its port", async () => {
    tunnel.refuses = true;
    const silence = Promise.reject(new Failure("unavailable", "proxy does not answer"));
    silence.catch(() => {});
    desk.releasing = silence;
    await start(false);
    await hand.pass(600_000);
    expect(logged.at(-1)).toBe("tunnel did not open: proxy refused");
    const before = tunnel.did.length;
    await hand.pass(30_000);
    await hand.pass(30_000);
    expect(tunnel.did.length - before).toBeLessThanOrEqual(1);
  });

  it("opens nothing once nobody wants it any more, though its port is released only then", async () => {
    await start();
    tunnel.refuses = true;
    let released = () => {};
    desk.releasing = new Promise((resolve) => {
      released = resolve;
    });
    bus.hear(printControl({ word: "connect", form: "lease", lease: LEASE, seq: 1, ttl: 60 }));
    await settled();
    bus.hear(printControl({ word: "disconnect", form: "lease", lease: LEASE, seq: 2 }));
    await settled();
    tunnel.refuses = false;
    released();
    await hand.pass(60_000);
    expect(tunnel.did).toEqual(["open proxy.example.org 61333", "close"]);
    expect(standings.at(-1)).toEqual({ broker: "online", tunnel: "down", leases: 0 });
  });

  it("opens nothing once nobody wants it any more, though its first directory comes only then", async () => {
    let served = () => {};
    desk.serving = new Promise((resolve) => {
      served = resolve;
    });
    await start();
    bus.hear(printControl({ word: "connect", form: "lease", lease: LEASE, seq: 1, ttl: 60 }));
    await settled();
    bus.hear(printControl({ word: "disconnect", form: "lease", lease: LEASE, seq: 2 }));
    await settled();
    served();
    await hand.pass(60_000);
    expect(tunnel.did).toEqual(["close"]);
  });

  const movedTo = (name: string, sequence: number): Directory => ({
    ...directory,
    sequence,
    proxy: { ...directory.proxy, name, host: `${name}.example.org` },
  });

  it("finds its way after it slept through a move: the proxy that it knows says where to", async () => {
    await start();
    await server.stop();
    desk.served = movedTo("us", 6);
    tunnel.leftHost = "proxy.example.org";
    await start();
    bus.hear("connect");
    await settled();
    expect(tunnel.did.at(-1)).toBe("open us.example.org 61333");
    expect(bus.said.at(-1)).toBe("state connected|port=61333");
  });

  it("takes a tunnel that stands along when its system moves, once nobody is in it", async () => {
    await start(false);
    expect(tunnel.did).toEqual(["open proxy.example.org 61333"]);
    desk.served = movedTo("us", 6);
    tunnel.isBusy = true;
    await hand.pass(3_600_000);
    expect(tunnel.did).toHaveLength(1);
    tunnel.isBusy = false;
    await hand.pass(3_610_000);
    expect(tunnel.did.slice(1)).toEqual(["close", "open us.example.org 61333"]);
  });

  it("moves on at once where its old proxy still lets it listen", async () => {
    await start();
    desk.served = movedTo("us", 6);
    bus.hear("connect");
    await settled();
    expect(tunnel.did).toEqual(["open proxy.example.org 61333", "close", "open us.example.org 61333"]);
    expect(bus.said.at(-1)).toBe("state connected|port=61333");
  });

  it("asks the proxy of its enrolment where the one of its last directory is gone", async () => {
    const us = new OneDesk();
    desk.served = us.served = movedTo("us", 6);
    desks.set("us.example.org", us);
    await start();
    await server.stop();
    us.served = undefined;
    desk.served = movedTo("asia", 7);
    tunnel.leftHost = "us.example.org";
    await start();
    bus.hear("connect");
    await settled();
    expect(tunnel.did.at(-1)).toBe("open asia.example.org 61333");
  });

  it("does not go back to where its system was by an older directory that some proxy kept", async () => {
    desk.served = movedTo("us", 6);
    await start();
    desks.set("us.example.org", desk);
    desk.served = directory;
    bus.hear("connect");
    await settled();
    expect(tunnel.did).toEqual(["open us.example.org 61333"]);
    expect(logged.join("\n")).toContain("directory has sequence 5; 6 was seen already");
  });

  it("opens a lost tunnel again as long as somebody wants it", async () => {
    await start();
    bus.hear("connect");
    await settled();
    tunnel.lost("ssh ended");
    expect(bus.said.at(-1)).toBe("state disconnected");
    await hand.pass(2_000);
    expect(bus.said.at(-1)).toBe("state connected|port=61333");
  });

  it("opens its tunnel anyway when its broker has been away for ten minutes", async () => {
    await start();
    bus.link("offline");
    await hand.pass(599_000);
    expect(tunnel.did).toEqual([]);
    await hand.pass(2_000);
    expect(tunnel.did).toEqual(["open proxy.example.org 61333"]);
    expect(logged).toContain("broker is away for too long: the tunnel opens without being asked for");
    expect(standings.at(-1)).toEqual({ broker: "offline", tunnel: "up", port: 61333, leases: 0 });
    await hand.pass(3_600_000);
    expect(tunnel.did).toHaveLength(1);
    bus.link("online");
    await hand.pass(10_000);
    expect(tunnel.did.at(-1)).toBe("close");
    expect(standings.at(-1)).toEqual({ broker: "online", tunnel: "down", leases: 0 });
  });

  it("says on a topic of its own, retained, that it is there, where its broker allows that", async () => {
    const broker = { url: "mqtts://broker.example.org:8883", clientId: "333", presence: true } as const;
    await start(true, { ...profile, broker });
    bus.hear("connect");
    await settled();
    await server.stop();
    const presence = bus.said.filter((said) => said.startsWith("retained"));
    const since = Date.parse("2026-11-21T08:30:00Z") / 1000;
    expect(presence).toEqual(
      [`online|v=2|boot=b00t|tunnel=down`, `online|v=2|boot=b00t|tunnel=up`, `offline|v=2|boot=b00t`].map(
        (word) => `retained atlas/hula/333/tunnel/presence ${word}|since=${since}`,
      ),
    );
    expect(bus.said.at(-1)).toBe("closed");
  });

  it("tells how it stands at each change, and no more often", async () => {
    await start();
    bus.hear("connect");
    await settled();
    bus.hear("connect");
    await settled();
    expect(standings.map(({ broker, tunnel, leases }) => `${broker} ${tunnel} ${leases}`)).toEqual([
      "offline down 0",
      "online down 0",
      "online opening 1",
      "online up 1",
    ]);
  });

  it("has its tunnel always up in a realm without a broker, as soon as the proxy answers", async () => {
    desk.served = undefined;
    await start(false);
    expect(tunnel.did).toEqual([]);
    desk.served = directory;
    await hand.pass(5_000);
    expect(tunnel.did).toEqual(["open proxy.example.org 61333"]);
  });
});
