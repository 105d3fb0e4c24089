import { parseSystemName, type SystemName } from "../names.ts";
import type { Parsed, Place } from "../place.ts";
import { type Duration, parseDuration } from "../time.ts";
import type { Person, Realm, Rule, System, Team } from "./model.ts";
import type { RealmContent } from "./schema.ts";
import type { Path } from "./yaml-text.ts";

type PlaceOf = (path: Path) => Place;
type SystemContent = RealmContent["systems"][string];
type RuleContent = SystemContent["trust"][number];
type PersonOf = (login: string) => Person;

/** A realm from values that passed the schema and the rules: all that is left is to follow names to what they name. */
export function buildRealm(content: RealmContent, placeOf: PlaceOf, placeOfKey: PlaceOf): Realm {
  const people = Object.entries(content.people).map(([login, id]): Person => ({ login, id }));
  const byLogin = new Map(people.map((person) => [person.login, person]));
  const personOf: PersonOf = (login) => found(byLogin.get(login), login);
  const { repository, broker } = content;
  return {
    name: content.realm,
    repository:
      typeof repository === "string"
        ? { fullName: repository }
        : { fullName: repository.name, id: repository.id },
    clientIdSuffix: content.clientIdSuffix,
    people,
    admins: content.admins.map(personOf),
    proxies: Object.entries(content.proxies).map(([name, proxy]) => ({ name, ...proxy })),
    signers: content.signers,
    ...(broker === undefined ? {} : { broker }),
    keys: content.keys,
    systems: Object.entries(content.systems).map(([name, system]) =>
      buildSystem(sound(parseSystemName(name)), system, personOf, placeOf, placeOfKey),
    ),
    rotationOverlap: content.rotation?.overlap ?? sound(parseDuration("7d")),
    freeze: content.freeze,
    unprotected: content.unprotected === "accepted",
  };
}

function buildSystem(
  name: SystemName,
  system: SystemContent,
  personOf: PersonOf,
  placeOf: PlaceOf,
  placeOfKey: PlaceOf,
): System {
  return {
    ...system,
    name,
    admins: system.admins.map(personOf),
    trust: system.trust.map((rule, index) =>
      buildRule(
        rule,
        `systems.${name}.trust[${index}]`,
        placeOf(["systems", name, "trust", index]),
        personOf,
      ),
    ),
    // The line that names the system, not the one after it, where what it holds begins.
    at: placeOfKey(["systems", name]),
  };
}

function buildRule(rule: RuleContent, path: string, at: Place, personOf: PersonOf): Rule {
  return {
    path,
    at,
    who: rule.who.map((each): Person | Team =>
      each.startsWith("@") ? { team: each.slice(1) } : personOf(each),
    ),
    may: rule.may,
    ...(rule.named === undefined ? {} : { named: rule.named }),
    then: rule.then,
    approvals: rule.approvals ?? 1,
    ...(rule.for === undefined ? {} : { for: rule.for }),
  };
}

function sound<T extends SystemName | Duration>(outcome: Parsed<T>): T {
  if (!outcome.ok) throw new Error(outcome.problem);
  return outcome.value;
}

function found<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new Error(`${name} passed the rules and is not there`);
  return value;
}
