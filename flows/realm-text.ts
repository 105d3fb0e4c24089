import { Failure } from "../core/failure.ts";
import { formatProblem } from "../core/place.ts";
import { type Realm, readRealm } from "../core/realm/realm.ts";

export interface RealmText {
  readonly text: string;
  /** As problems name it. */
  readonly file: string;
}

/** A flow that needs a valid realm.yaml goes no further without one: wrong input, with all its problems. */
export function realmIn({ text, file }: RealmText): Realm {
  const read = readRealm(text, file);
  if (read.ok) return read.realm;
  const problems = read.problems.map(formatProblem).join("\n");
  throw new Failure("usage", `${file} is invalid\n${problems}`, { hint: `warren validate ${file}` });
}
