import { readInput } from "../../adapters/files/read.ts";
import { counted } from "../../core/counted.ts";
import { Failure } from "../../core/failure.ts";
import { formatProblem } from "../../core/place.ts";
import { readRealm } from "../../core/realm/realm.ts";
import { roomForNames } from "../../core/realm/room.ts";

/** What `warren validate` found, for people and for programs. */
export interface Validation {
  readonly valid: boolean;
  readonly document: object;
  readonly lines: readonly string[];
}

/** Reads a realm.yaml and says all that is wrong with it, or how long names may be. */
export async function validateFile(file: string): Promise<Validation> {
  const text = await readInput(file).catch((error: unknown) => {
    if (!(error instanceof Failure)) throw error;
    const hint = "warren validate FILE; or warren init, which writes one";
    throw new Failure(error.code, error.message, { cause: error.cause, hint });
  });
  const read = readRealm(text, file);
  if (!read.ok) {
    const problems = read.problems.map(({ place, path, message }) => ({ ...place, path, message }));
    return { valid: false, document: { valid: false, problems }, lines: read.problems.map(formatProblem) };
  }
  const { realm } = read;
  const longestNames = Object.fromEntries(
    realm.systems.map((system) => [system.name, roomForNames(realm, system)]),
  );
  const shortest = Math.min(...Object.values(longestNames));
  return {
    valid: true,
    document: { valid: true, realm: realm.name, systems: realm.systems.length, longestNames },
    lines: [
      `${file} is valid: realm ${realm.name}, ${counted(realm.systems.length, "system")}, ${counted(realm.people.length, "account")}; computer names hold up to ${shortest} characters`,
    ],
  };
}
