import { randomBytes } from "node:crypto";
import { type ProfileFolder, profileFolders } from "../adapters/files/profile-folder.ts";
import { SharedBus } from "../adapters/mqtt/shared-bus.ts";
import { canAsk } from "../adapters/openssh/asking.ts";
import { bannerThrough } from "../adapters/openssh/banner.ts";
import { SshDesk } from "../adapters/openssh/desk.ts";
import { SshSignatureCheck } from "../adapters/openssh/signatures.ts";
import { writeSshConfig } from "../adapters/openssh/ssh-files.ts";
import type { Directory } from "../core/access/directory.ts";
import type { Profile } from "../core/computer/profile.ts";
import { type PinnedProxy, proxyAlias } from "../core/computer/ssh-config.ts";
import { Failure } from "../core/failure.ts";
import { type ComputerId, formatId, parseComputerId, roleOf } from "../core/names.ts";
import type { Bus } from "../core/ports/bus.ts";
import { knownDirectory } from "../flows/known-directory.ts";
import { Visit, type VisitPorts } from "../flows/visit.ts";
import { stopwatch } from "./stopwatch.ts";

const PROBE_WITHIN = 4_000;

/** This computer as a controller of one system: its profile, and the ways to its proxy and broker. */
export class Controller {
  readonly id: ComputerId;
  readonly profile: Profile;
  readonly folder: ProfileFolder;
  /** The directory as this computer last saw it. */
  readonly known: Directory | undefined;
  readonly #bus: SharedBus | undefined;

  private constructor(id: ComputerId, profile: Profile, folder: ProfileFolder, known: Directory | undefined) {
    this.id = id;
    this.profile = profile;
    this.folder = folder;
    this.known = known;
    const open = () => this.#openBus();
    this.#bus = profile.broker === undefined ? undefined : new SharedBus(open, folder.file("broker"));
  }

  /** Undefined if the folder is a device's, or not enrolled yet. */
  static async open(folder: ProfileFolder): Promise<Controller | undefined> {
    const profile = await folder.profile();
    const id = parseComputerId(profile?.id ?? "");
    if (profile === undefined || !id.ok || roleOf(id.value.computer) !== "controller") return undefined;
    const pinned = { id: id.value, signers: profile.signers };
    const known = await knownDirectory({ store: folder, signatures: new SshSignatureCheck() }, pinned);
    return new Controller(id.value, profile, folder, known);
  }

  /** What `ssh -F` takes. */
  get configFile(): string {
    return this.folder.file("ssh_config");
  }

  /** A system may have moved since the profile was written: the signed directory says where to. */
  proxyIn(directory: Directory | undefined): PinnedProxy {
    return directory?.proxy ?? this.profile.proxy;
  }

  visit(warn: (message: string) => void): Visit {
    const { id, profile, folder } = this;
    const toProxy = ["-F", this.configFile];
    const asking = canAsk() ? { turn: folder.file("proxy") } : undefined;
    const ports: VisitPorts = {
      store: folder,
      signatures: new SshSignatureCheck(),
      desk: new SshDesk([...toProxy, proxyAlias(id)], asking),
      prepare: async (directory) => {
        const seen = directory === undefined ? {} : { directory };
        await writeSshConfig(folder, { id, proxy: this.proxyIn(directory), ...seen });
      },
      answers: (port) =>
        bannerThrough(
          [...toProxy, "-o", "BatchMode=yes", "-W", `127.0.0.1:${port}`, proxyAlias(id)],
          PROBE_WITHIN,
        ).then(
          () => true,
          () => false,
        ),
      warn,
      ...(this.#bus === undefined
        ? {}
        : { leases: { broker: this.#bus, stopwatch, random: () => randomBytes(16) } }),
    };
    return new Visit(ports, { id, signers: profile.signers });
  }

  /** The connection to the broker; undefined in a realm without one. */
  get bus(): SharedBus | undefined {
    return this.#bus;
  }

  async close(): Promise<void> {
    await this.#bus?.close();
  }

  async #openBus(): Promise<Bus> {
    const { broker } = this.profile;
    // mqtt.js takes long to load, and ssh needs that time anyway.
    const [{ connectBus }, key, cert] = await Promise.all([
      import("../adapters/mqtt/bus.ts"),
      this.folder.read("x509.key"),
      this.folder.read("x509.pem"),
    ]);
    if (broker === undefined || key === undefined || cert === undefined) {
      const hint = `run warren enroll ${formatId(this.id)}, which goes on where it stopped`;
      throw new Failure("usage", `${this.folder.path} holds no certificate for the broker`, { hint });
    }
    return connectBus({ ...broker, key, cert });
  }
}

/** All controllers that this account is, or the one of the id `as`. */
export async function openControllers(as: string | undefined): Promise<readonly Controller[]> {
  const folders = (await profileFolders()).filter(({ path }) => as === undefined || path.endsWith(`/${as}`));
  const opened = await Promise.all(folders.map((folder) => Controller.open(folder)));
  const controllers = opened.filter((controller) => controller !== undefined);
  if (controllers.length > 0) return controllers;
  throw new Failure(
    "usage",
    as === undefined ? "no controller is enrolled here" : `${as} is no controller here`,
    {
      hint: "warren enroll controller-<name>.<system>.<realm>",
    },
  );
}
