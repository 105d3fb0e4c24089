import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { Place, Switch } from "./place.ts";

export const ADDRESS = {
  broker: "10.9.0.1",
  device: "10.9.0.2",
  proxy: "10.9.0.3",
  laptop: "10.9.0.4",
  visitor: "10.9.0.5",
  clone: "10.9.0.6",
} as const;
const NAMES = { "broker.test": ADDRESS.broker, "proxy.test": ADDRESS.proxy } as const;

/** A switch and the computers of a fault scene on it, each of which finds broker and proxy by their names. */
export class FaultNetwork {
  /** The broker runs on it. */
  readonly hub: Switch;
  readonly device: Place;
  readonly laptop: Place;
  readonly visitor: Place;
  readonly #known: Readonly<Record<string, string>>;
  readonly #more: Place[] = [];

  private constructor(
    hub: Switch,
    [device, laptop, visitor]: readonly [Place, Place, Place],
    known: Readonly<Record<string, string>>,
  ) {
    this.hub = hub;
    this.device = device;
    this.laptop = laptop;
    this.visitor = visitor;
    this.#known = known;
  }

  /** `resolver`: the device asks a name server on the switch; the others have the names in a file of `folder`. */
  static async make(folder: string, resolver: boolean): Promise<FaultNetwork> {
    const file = (name: string) => join(folder, name);
    const hosts = Object.entries(NAMES).map(([name, address]) => `${address} ${name}\n`);
    await writeFile(file("hosts"), `127.0.0.1 localhost\n${hosts.join("")}`);
    await writeFile(file("no-hosts"), "127.0.0.1 localhost\n");
    await writeFile(file("resolv.conf"), `nameserver ${ADDRESS.broker}\n`);
    const known = { "/etc/hosts": file("hosts") };
    const asked = { "/etc/hosts": file("no-hosts"), "/etc/resolv.conf": file("resolv.conf") };
    const hub = await Switch.make(ADDRESS.broker);
    const places = await Promise.all([
      Place.make(resolver ? asked : known),
      Place.make(known),
      Place.make(known),
    ]);
    const network = new FaultNetwork(hub, places, known);
    for (const name of ["device", "laptop", "visitor"] as const) await hub.wire(network[name], ADDRESS[name]);
    if (resolver) await network.startNameServer();
    return network;
  }

  /** One computer more. */
  async add(address: string): Promise<Place> {
    const place = await Place.make(this.#known);
    this.#more.push(place);
    await this.hub.wire(place, address);
    return place;
  }

  async startNameServer(): Promise<void> {
    const names = Object.entries(NAMES).map(([name, address]) => `${name}=${address}`);
    const server = this.hub.place.start([
      process.execPath,
      resolve("test/processes/name-server.mjs"),
      ...names,
    ]);
    if (server.stdout !== null) await once(server.stdout, "data");
  }

  killNameServer(): Promise<void> {
    return this.hub.place.signal("KILL", this.hub.place.pidsOf(/name-server\.mjs/));
  }

  async stop(): Promise<void> {
    for (const place of [...this.#more, this.device, this.laptop, this.visitor, this.hub.place])
      await place.stop();
  }
}
