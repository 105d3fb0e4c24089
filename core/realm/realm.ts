import type { SystemName } from "../names.ts";
import type { Problem } from "../place.ts";
import { quoted } from "../quote.ts";
import { buildRealm } from "./build.ts";
import { misfitsOfIssues } from "./issues.ts";
import type { Person, ProxyHost, ReadRealm, Realm, System } from "./model.ts";
import type { Misfit } from "./raw.ts";
import { misfitsOf } from "./rules.ts";
import { realmSchema } from "./schema.ts";
import { type Path, readYaml, type TextProblem, type YamlText } from "./yaml-text.ts";

export { matchesGlob as matchesName } from "../glob.ts";
export type * from "./model.ts";

/** Reads realm.yaml and reports every problem at once, each with its line and column in `file`. */
export function readRealm(text: string, file: string): ReadRealm {
  const yaml = readYaml(text, file);
  if (!yaml.ok) return refused(yaml.problems);
  const content = realmSchema.safeParse(yaml.text.value, { reportInput: true });
  const misfits = [...misfitsOfIssues(content.error?.issues ?? []), ...misfitsOf(yaml.text.value)];
  const problems = [...yaml.text.problems, ...misfits.map((misfit) => located(misfit, yaml.text))];
  if (problems.length > 0 || !content.success) return refused(problems);
  return { ok: true, realm: buildRealm(content.data, yaml.text.placeOf, yaml.text.placeOfKey) };
}

const located = ({ path, key, message }: Misfit, text: YamlText): TextProblem => ({
  place: key ? text.placeOfKey(path) : text.placeOf(path),
  path,
  message,
});

/** In the order of the file; one for each place and path, so that no slip is told twice. */
function refused(found: readonly TextProblem[]): ReadRealm {
  const problems = [...found]
    .sort((a, b) => a.place.line - b.place.line || a.place.col - b.place.col)
    .map(({ place, path, message }): Problem => ({ place, path: formatPath(path), message }));
  const seen = new Set<string>();
  const [first, ...rest] = problems.filter(({ path, place }) => {
    const key = JSON.stringify([path, place.line, place.col]);
    return path === "" || (!seen.has(key) && seen.add(key));
  });
  if (first === undefined) throw new Error("a realm was refused without a problem");
  return { ok: false, problems: [first, ...rest] };
}

/** `systems.hula.trust[0].who[1]` */
const formatPath = (path: Path): string =>
  path.reduce<string>((before, step) => {
    if (typeof step === "number") return `${before}[${step}]`;
    const key = /^[A-Za-z0-9_-]+$/.test(String(step)) ? String(step) : quoted(String(step));
    return before === "" ? key : `${before}.${key}`;
  }, "");

export const systemOf = (realm: Realm, name: SystemName): System | undefined =>
  realm.systems.find((system) => system.name === name);

export const proxyOf = (realm: Realm, system: System): ProxyHost | undefined =>
  realm.proxies.find((proxy) => proxy.name === system.proxy);

/** Admins of a system are its own and the realm's, each once. */
export const adminsOf = (realm: Realm, system: System): readonly Person[] => [
  ...new Map([...system.admins, ...realm.admins].map((person) => [person.id, person])).values(),
];
