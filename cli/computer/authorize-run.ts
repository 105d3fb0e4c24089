import { type ProfileFolder, profileFolders } from "../../adapters/files/profile-folder.ts";
import { RealHost } from "../../adapters/host/host.ts";
import { SshDesk } from "../../adapters/openssh/desk.ts";
import { FileLoginKeys } from "../../adapters/openssh/login-keys.ts";
import { sshTo } from "../../adapters/openssh/pinned-proxy.ts";
import { SshSignatureCheck } from "../../adapters/openssh/signatures.ts";
import type { Directory } from "../../core/access/directory.ts";
import type { Profile } from "../../core/computer/profile.ts";
import { Failure } from "../../core/failure.ts";
import { type ComputerId, parseComputerId } from "../../core/names.ts";
import { instantOf } from "../../core/time.ts";
import { type AccountKeys, authorize } from "../../flows/authorize.ts";
import { freshDirectory, knownDirectory } from "../../flows/known-directory.ts";
import { requirePassword } from "../../flows/require-password.ts";
import { warn } from "../outcome.ts";

export interface Authorizing {
  readonly dryRun: boolean;
  /** Undefined: as it is. */
  readonly requirePassword: boolean | undefined;
}

interface Device {
  readonly id: ComputerId;
  readonly folder: ProfileFolder;
  readonly profile: Profile;
  readonly files: Readonly<Record<string, string>>;
}

interface Authorized {
  readonly id: string;
  /** Of the directory that was followed. */
  readonly sequence: number;
  readonly accounts: readonly AccountKeys[];
  /** What was done, or would be, about passwords. */
  readonly passwords: readonly string[];
}

/** Exit 1 if an account could not be seen to. */
export async function authorizeHere(id: string | undefined, how: Authorizing) {
  if (how.requirePassword !== undefined && process.getuid?.() !== 0) {
    throw new Failure("usage", "sshd's configuration is root's to change", { hint: "run it with sudo" });
  }
  const document: Authorized[] = [];
  for (const device of await devicesHere(id)) document.push(await authorizeDevice(device, how));
  const failed = document.some(({ accounts }) => accounts.some(({ state }) => state === "failed"));
  return { document, lines: document.flatMap((done) => linesOf(done, how.dryRun)), exit: failed ? 1 : 0 };
}

async function authorizeDevice(device: Device, how: Authorizing): Promise<Authorized> {
  const { profile, files } = device;
  const directory = await newestOrKnown(device);
  const names = Object.keys(files);
  for (const account of directory.login.filter((name) => !names.includes(name))) {
    warn(`account ${account} may be used, but ${profile.id} was enrolled without its authorized_keys file`);
  }
  const now = instantOf(new Date());
  const only = how.dryRun ? "look" : undefined;
  const accounts = await authorize(new FileLoginKeys(files), names, directory, now, only);
  const passwords =
    how.requirePassword === undefined
      ? []
      : await requirePassword(new RealHost(), {
          id: profile.id,
          accounts: how.requirePassword ? names.filter((name) => directory.login.includes(name)) : [],
          dryRun: how.dryRun,
        });
  return { id: profile.id, sequence: directory.sequence, accounts, passwords };
}

/** The newest directory; the last one that was seen where the proxy does not answer. */
async function newestOrKnown({ id, folder, profile }: Device): Promise<Directory> {
  const ports = { store: folder, signatures: new SshSignatureCheck() };
  const pinned = { id, signers: profile.signers };
  const known = await knownDirectory(ports, pinned);
  const files = { identity: folder.file("identity"), knownHosts: folder.file("known_hosts") };
  try {
    const args = await sshTo(id, known?.proxy ?? profile.proxy, files);
    return await freshDirectory(ports, new SshDesk(args), pinned, known);
  } catch (error) {
    if (known === undefined || !(error instanceof Failure)) throw error;
    warn(`${error.message}; going on with the directory of sequence ${known.sequence}`);
    return known;
  }
}

async function devicesHere(id: string | undefined): Promise<readonly Device[]> {
  const devices: Device[] = [];
  for (const folder of await profileFolders()) {
    const profile = await folder.profile();
    const parsed = parseComputerId(profile?.id ?? "");
    const files = profile?.device?.authorizedKeys;
    if (profile === undefined || files === undefined || !parsed.ok) continue;
    if (id === undefined || profile.id === id) devices.push({ id: parsed.value, folder, profile, files });
  }
  if (devices.length > 0) return devices;
  const hint =
    "warren enroll, on this computer; under sudo, root's own profiles are looked at: sudo HOME=$HOME warren …";
  throw new Failure(
    "usage",
    `${id ?? "no device"} is ${id === undefined ? "" : "not "}enrolled by this account`,
    { hint },
  );
}

function linesOf({ accounts, passwords }: Authorized, dryRun: boolean): readonly string[] {
  const would = dryRun ? "would change" : "changed";
  return [
    ...accounts.map((one) => {
      const keys = `${one.keys} ${one.keys === 1 ? "key" : "keys"} of controllers`;
      if (one.state === "failed") return `${one.account}: ${one.problem}`;
      return `${one.account}: ${keys}, ${one.state === "same" ? "nothing to change" : would}`;
    }),
    ...passwords.map((says) => (dryRun ? `would: ${says}` : says)),
  ];
}
