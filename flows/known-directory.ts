import { acceptDirectory, type Directory, readDirectory } from "../core/access/directory.ts";
import { Failure } from "../core/failure.ts";
import { type SignedText, splitSigned } from "../core/keys/signed-text.ts";
import { type ComputerId, formatId } from "../core/names.ts";
import { type Parsed, unparsed } from "../core/place.ts";
import type { DirectoryStore, ProxyDesk, SignatureCheck } from "../core/ports/computer.ts";

export interface DirectoryPorts {
  readonly signatures: SignatureCheck;
  readonly store: DirectoryStore;
}

/** Whose directory it must be, and who may have signed it: both pinned at enrolment. */
export interface Pinned {
  readonly id: ComputerId;
  readonly signers: readonly string[];
}

/** The directory as this computer last saw it; undefined if there is none that its realm signed. */
export async function knownDirectory(ports: DirectoryPorts, pinned: Pinned): Promise<Directory | undefined> {
  const signed = await ports.store.load();
  if (signed === undefined) return undefined;
  const read = await readSigned(ports, pinned, signed, undefined);
  return read.ok ? read.value : undefined;
}

/**
 * Asks the proxy for the directory, and keeps it. What is unsigned, foreign or older than `seen` is refused, or older than
 * what another process of this computer has kept since.
 */
export async function freshDirectory(
  ports: DirectoryPorts,
  desk: ProxyDesk,
  pinned: Pinned,
  seen: Directory | undefined,
): Promise<Directory> {
  const signed = splitSigned(await desk.ask("directory"));
  if (!signed.ok) throw notUsed(signed.problem);
  const isKept = (await ports.store.load())?.text === signed.value.text;
  const newest = isKept ? seen : laterOf(seen, await knownDirectory(ports, pinned));
  const read = await readSigned(ports, pinned, signed.value, newest);
  if (!read.ok) throw notUsed(read.problem);
  // Written only when it changed: a device may live on an SD card.
  if (!isKept) await ports.store.save(signed.value);
  return read.value;
}

/** The one of the higher sequence. */
export const laterOf = (one: Directory | undefined, other: Directory | undefined): Directory | undefined =>
  (other?.sequence ?? -1) > (one?.sequence ?? -1) ? other : one;

const notUsed = (problem: string): Failure =>
  new Failure("refused", `directory from the proxy is not used: ${problem}`);

async function readSigned(
  { signatures }: DirectoryPorts,
  { id, signers }: Pinned,
  { text, signature }: SignedText,
  seen: Directory | undefined,
): Promise<Parsed<Directory>> {
  if (!(await signatures.verify(text, signature, signers))) {
    return unparsed("signature is by none of the keys that this realm may sign with");
  }
  const read = readDirectory(text);
  if (!read.ok) return read;
  const { realm, system } = read.value;
  if (realm !== id.realm || system !== id.system) {
    return unparsed(`${JSON.stringify(`${system}.${realm}`)} is another system than that of ${formatId(id)}`);
  }
  return acceptDirectory(read.value, seen);
}
