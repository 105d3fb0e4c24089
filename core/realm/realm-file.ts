import { Failure } from "../failure.ts";
import { formatProblem } from "../place.ts";
import type { RealmFile } from "../ports/realm.ts";
import { type Realm, readRealm } from "./realm.ts";

/** The realm of a file that must be valid, and of the repository that it was read from. */
export function readRealmFile(file: RealmFile): { readonly realm: Realm; readonly file: RealmFile } {
  const read = readRealm(file.text, "realm.yaml");
  if (!read.ok) {
    const [first] = read.problems;
    throw new Failure(
      "refused",
      `realm.yaml has ${read.problems.length} problems, the first: ${formatProblem(first)}`,
      { hint: "warren validate" },
    );
  }
  const { id } = read.realm.repository;
  if (id !== undefined && id !== file.repositoryId) {
    throw new Failure("refused", `repository ${file.repositoryId} is not the realm's ${id}`, {
      hint: "a copy needs a realm of its own: give `repository` in realm.yaml its own id",
    });
  }
  return { realm: read.realm, file };
}
