import { counted } from "../counted.ts";
import { named, PLURAL } from "../decision/trust.ts";
import type { Person, Realm, Rule, System } from "../realm/realm.ts";
import { formatDuration } from "../time.ts";

/**
 * Who would come to decide, or be decided on otherwise, by a change of realm.yaml: no key on any proxy shows it, and
 * whoever names themselves an admin lets the rest in later.
 */
export const powersOf = (before: Realm, after: Realm): readonly string[] => [
  ...appointments(before.admins, after.admins, "a realm admin, who may let in, and take out, any computer"),
  ...after.systems.flatMap((system) => {
    const old = before.systems.find(({ name }) => name === system.name);
    return [
      ...appointments(old?.admins ?? [], system.admins, `an admin of ${system.name}`),
      ...rules(old, system),
    ];
  }),
  ...signers(before, after),
  ...(before.freeze && !after.freeze ? ["what the rules let in would be granted again (`freeze` ends)"] : []),
];

function appointments(before: readonly Person[], after: readonly Person[], what: string): readonly string[] {
  const missing = (from: readonly Person[], among: readonly Person[]) =>
    among.filter(({ id }) => !from.some((one) => one.id === id));
  return [
    ...missing(before, after).map((person) => `${named(person)} would become ${what}`),
    ...missing(after, before).map((person) => `${named(person)} would no longer be ${what.split(",")[0]}`),
  ];
}

/** Of a new system every rule is new. Where the same rules stand in another order, another one may match first. */
function rules(before: System | undefined, { name, trust }: System): readonly string[] {
  const [old, now] = [(before?.trust ?? []).map(said), trust.map(said)];
  const changed = [
    ...now.filter((rule) => !old.includes(rule)).map((rule) => `new rule of ${name}: ${rule}`),
    ...old.filter((rule) => !now.includes(rule)).map((rule) => `rule of ${name} that goes: ${rule}`),
  ];
  const isMoved = changed.length === 0 && now.join("\n") !== old.join("\n");
  return isMoved ? [`the rules of ${name} would be asked in another order`] : changed;
}

function said({ who, may, named: pattern, then, approvals, for: time }: Rule): string {
  const people = who.map((each) => ("team" in each ? `@${each.team}` : named(each))).join(", ");
  const what = `${may.map((role) => PLURAL[role]).join(" and ")}${pattern === undefined ? "" : ` named like "${pattern}"`}`;
  const verdict = then === "ask" ? `ask for ${counted(approvals, "approval")}` : then;
  return `${people} for ${what}: ${verdict}${time === undefined ? "" : `, for ${formatDuration(time)}`}`;
}

function signers(before: Realm, after: Realm): readonly string[] {
  const known = new Set(before.signers.map(({ fingerprint }) => fingerprint));
  const keys = after.signers.filter(({ fingerprint }) => !known.has(fingerprint));
  return keys.map(({ fingerprint }) => `computers would believe directories that ${fingerprint} signs`);
}
