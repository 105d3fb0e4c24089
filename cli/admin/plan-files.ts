import { basename, dirname, resolve } from "node:path";
import { committedText } from "../../adapters/files/git.ts";
import { readInput } from "../../adapters/files/read.ts";
import { readRegistryFolder } from "../../adapters/files/registry-folder.ts";
import { planLines } from "../../core/access/plan.ts";
import { Failure } from "../../core/failure.ts";
import { strangersIn } from "../../core/registry/life.ts";
import { plan } from "../../flows/plan.ts";
import { type RealmText, realmIn } from "../../flows/realm-text.ts";

/** Plans a change of realm.yaml from files, with no network. */
export async function planFiles(files: {
  readonly realm: string;
  readonly before: string | undefined;
  readonly registry: string;
}) {
  const after = await readRealmText(files.realm);
  const before = files.before === undefined ? await headOf(files.realm) : await readRealmText(files.before);
  const registry = readRegistryFolder(files.registry);
  const plans = plan(before, after, registry);
  // Said beside the plan: who reads only its counts must not overlook a system or a realm that is gone.
  const oddities = strangersIn(realmIn(after), registry).map(({ says }) => says);
  return {
    plans,
    oddities,
    lines: plans.length === 0 ? ["nothing would change on any proxy"] : planLines(plans),
  };
}

const readRealmText = async (file: string): Promise<RealmText> => ({ text: await readInput(file), file });

async function headOf(file: string): Promise<RealmText> {
  const text = await committedText(dirname(resolve(file)), basename(file));
  if (text !== undefined) return { text, file: `HEAD:${file}` };
  throw new Failure("usage", `${file} stands in no Git commit`, {
    hint: "name the rules before with --before FILE",
  });
}
