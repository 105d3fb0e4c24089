import * as z from "zod";
import type { CommitId } from "../../core/registry/record.ts";
import type { Repository } from "./client.ts";
import type { Forge } from "./forge.ts";
import { REALM_PATH } from "./realm-source.ts";

const COMMITS_A_QUERY = 50;
const held = z.object({
  repository: z.record(z.string(), z.object({ file: z.object({ oid: z.string() }).nullish() }).nullable()),
});

/** Git's ids of realm.yaml at many commits; undefined where it is missing, or the commit can't be seen. */
export async function realmsAt(
  forge: Forge,
  repository: Repository,
  commits: readonly CommitId[],
): Promise<readonly (string | undefined)[]> {
  const oids: (string | undefined)[] = [];
  for (let first = 0; first < commits.length; first += COMMITS_A_QUERY) {
    const some = commits.slice(first, first + COMMITS_A_QUERY);
    const variables = Object.fromEntries(some.map((commit, index) => [`c${index}`, commit]));
    const read = await forge.query(queryFor(some.length), { ...repository, ...variables }, held);
    oids.push(...some.map((_, index) => read.repository[`c${index}`]?.file?.oid));
  }
  return oids;
}

function queryFor(count: number): string {
  const names = Array.from({ length: count }, (_, index) => `c${index}`);
  const variables = names.map((name) => `$${name}: GitObjectID!`).join(", ");
  const objects = names.map(
    (name) => `${name}: object(oid: $${name}) { ... on Commit { file(path: "${REALM_PATH}") { oid } } }`,
  );
  return `
  query ($owner: String!, $repo: String!, ${variables}) {
    repository(owner: $owner, name: $repo) {
      ${objects.join("\n      ")}
    }
  }`;
}
