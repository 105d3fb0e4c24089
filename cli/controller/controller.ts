import { basename } from "node:path";
import { type ProfileFolder, profileFolders } from "../../adapters/files/profile-folder.ts";
import { finishSuccession } from "../../adapters/files/successors.ts";
import { KeptBus } from "../../adapters/keeper/bus.ts";
import { KeptLeases } from "../../adapters/keeper/leases.ts";
import { visitKeeper } from "../../adapters/keeper/visitor.ts";
import { canAsk } from "../../adapters/openssh/asking.ts";
import { bannerThrough } from "../../adapters/openssh/banner.ts";
import { SshDesk } from "../../adapters/openssh/desk.ts";
import { openPorts, type SilentPorts } from "../../adapters/openssh/open-ports.ts";
import { PortQuestions } from "../../adapters/openssh/port-questions.ts";
import { RememberedCheck } from "../../adapters/openssh/remembered-check.ts";
import { SharedConnections } from "../../adapters/openssh/shared-connections.ts";
import { SshSignatureCheck } from "../../adapters/openssh/signatures.ts";
import {
  type SshContent,
  type SshTexts,
  sshFilesOf,
  sshTexts,
  writeSshConfig,
} from "../../adapters/openssh/ssh-files.ts";
import type { Directory } from "../../core/access/directory.ts";
import type { Profile } from "../../core/computer/profile.ts";
import { type PinnedProxy, proxyAlias } from "../../core/computer/ssh-config.ts";
import { Failure } from "../../core/failure.ts";
import { type ComputerId, formatId, parseComputerId, roleOf } from "../../core/names.ts";
import type { BusLender } from "../../core/ports/bus.ts";
import type { SignatureCheck } from "../../core/ports/computer.ts";
import { knownDirectory, laterOf } from "../../flows/known-directory.ts";
import { Visit, type VisitPorts } from "../../flows/visit.ts";
import { stopwatch } from "../stopwatch.ts";
import { keeperOf } from "./keeper-of.ts";

const PROBE_WITHIN = 4_000;

/** This computer as a controller of one system: its profile, and the ways to its proxy and broker. */
export class Controller {
  readonly id: ComputerId;
  readonly profile: Profile;
  readonly folder: ProfileFolder;
  /** The directory as this computer last saw it. */
  readonly known: Directory | undefined;
  /** As far as this command's own questions found out. */
  readonly shared: SharedConnections;

  private constructor(id: ComputerId, profile: Profile, folder: ProfileFolder, known: Directory | undefined) {
    this.id = id;
    this.profile = profile;
    this.folder = folder;
    this.known = known;
    this.shared = new SharedConnections(() => sshFilesOf(folder).sockets);
  }

  /** Undefined if the folder is a device's, or not enrolled yet. */
  static async open(folder: ProfileFolder): Promise<Controller | undefined> {
    finishSuccession(folder.path);
    const profile = await folder.profile();
    const id = parseComputerId(profile?.id ?? "");
    if (profile === undefined || !id.ok || roleOf(id.value.computer) !== "controller") return undefined;
    const pinned = { id: id.value, signers: profile.signers };
    const known = await knownDirectory({ store: folder, signatures: checkIn(folder) }, pinned);
    return new Controller(id.value, profile, folder, known);
  }

  /** As this computer has seen it by now: what runs for long must not go back to what it began with. */
  async knownNow(): Promise<Directory | undefined> {
    const pinned = { id: this.id, signers: this.profile.signers };
    const ports = { store: this.folder, signatures: checkIn(this.folder) };
    return laterOf(this.known, await knownDirectory(ports, pinned));
  }

  /** What `ssh -F` takes. */
  get configFile(): string {
    return this.folder.file("ssh_config");
  }

  /** A system may have moved since the profile was written: the signed directory says where to. */
  proxyIn(directory: Directory | undefined): PinnedProxy {
    return directory?.proxy ?? this.profile.proxy;
  }

  /** Which ports of the proxy's loopback answer; left out is what nobody can tell. */
  openPorts(ports: readonly number[], silent: SilentPorts): Promise<ReadonlyMap<number, "up" | "down">> {
    return openPorts(["-F", this.configFile, "-o", "BatchMode=yes", proxyAlias(this.id)], ports, silent);
  }

  /** `directory`: the proxy's answer to that question, where it was asked already. */
  visit(warn: (message: string) => void, directory?: Promise<string>): Visit {
    const { id, profile, folder } = this;
    const toProxy = ["-F", this.configFile];
    const asking = canAsk() ? { turn: folder.file("proxy") } : undefined;
    const desk = new SshDesk([...toProxy, proxyAlias(id)], asking, this.shared);
    const questions = new PortQuestions({
      together: (asked) => this.openPorts(asked, new Map()),
      alone: async (port) => {
        const way = ["-o", "BatchMode=yes", "-W", `127.0.0.1:${port}`, proxyAlias(id)];
        await bannerThrough([...toProxy, ...way], PROBE_WITHIN);
        return true;
      },
    });
    const ports: VisitPorts = {
      store: folder,
      signatures: checkIn(folder),
      desk: {
        ask: (question) =>
          question === "directory" && directory !== undefined ? directory : desk.ask(question),
      },
      prepare: (directory) => this.prepare(directory),
      answers: (port) => questions.answers(port),
      warn,
      ...(profile.broker === undefined ? {} : { leases: new KeptLeases(() => this.#visitKeeper()) }),
      ...(this.bus === undefined || profile.broker?.presence !== true
        ? {}
        : { presence: { broker: this.bus, stopwatch } }),
    };
    return new Visit(ports, { id, signers: profile.signers });
  }

  /** Tells ssh what the directory says. */
  async prepare(directory: Directory | undefined): Promise<void> {
    await writeSshConfig(this.folder, this.#sshContent(directory));
  }

  /** What it writes then. */
  sshTexts(directory: Directory): SshTexts {
    return sshTexts(this.folder, this.#sshContent(directory));
  }

  #sshContent(directory: Directory | undefined): SshContent {
    const seen = directory === undefined ? {} : { directory };
    return { id: this.id, proxy: this.proxyIn(directory), ...seen };
  }

  /** The connection to the broker; undefined in a realm without one. */
  get bus(): BusLender | undefined {
    return this.profile.broker === undefined ? undefined : new KeptBus(() => this.#visitKeeper());
  }

  #visitKeeper = () => visitKeeper(keeperOf(this.folder, this.profile));
}

const checkIn = (folder: ProfileFolder): SignatureCheck =>
  new RememberedCheck(new SshSignatureCheck(), folder);

/** All controllers that this account is, or the one of the id `as`. */
export async function openControllers(as: string | undefined): Promise<readonly Controller[]> {
  const folders = (await profileFolders()).filter(({ path }) => as === undefined || path.endsWith(`/${as}`));
  const opened = await Promise.all(folders.map((folder) => Controller.open(folder)));
  const controllers = opened.filter((controller) => controller !== undefined);
  if (controllers.length > 0) return controllers;
  throw noController(as, folders);
}

/** An enrolment that somebody asked for leaves a folder without a profile until it is granted. */
function noController(as: string | undefined, folders: readonly ProfileFolder[]): Failure {
  const asked = folders
    .map(({ path }) => parseComputerId(basename(path)))
    .flatMap((id) => (id.ok && roleOf(id.value.computer) === "controller" ? [formatId(id.value)] : []));
  const [first] = asked;
  if (first !== undefined) {
    const hint = `warren enroll ${first} goes on where it stopped; its issue says what it waits for`;
    return new Failure("usage", `${asked.join(", ")} is not enrolled here yet`, { hint });
  }
  const message = as === undefined ? "no controller is enrolled here" : `${as} is no controller here`;
  return new Failure("usage", message, { hint: "warren enroll controller-<name>.<system>.<realm>" });
}
