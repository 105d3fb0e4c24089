import { randomUUID } from "node:crypto";
import { judge } from "../../core/decision/trust.ts";
import type { ComputerId, ComputerName } from "../../core/names.ts";
import { adminsOf, type Person, type Realm, type System } from "../../core/realm/realm.ts";

/** Who plays in the story: found by asking the realm's own rules, so that it tells the truth about any realm. */
export interface Cast {
  readonly system: System;
  /** Whose devices the rules grant at once. */
  readonly owner: Person;
  readonly devices: readonly ComputerId[];
  /** Whose controller the rules leave to an admin, or grant. */
  readonly visitor: Person;
  readonly controller: ComputerId;
  /** An admin who may let the controller in. */
  readonly admin: Person;
  /** Whom no rule names. */
  readonly stranger: string;
}

/** Undefined where no system's rules have room for the story. */
export function castOf(realm: Realm): Cast | undefined {
  for (const system of realm.systems) {
    const devices = deviceIds(realm, system);
    const controller = id(realm, system, "controller-laptop");
    const [device] = devices;
    if (device === undefined || system.login.length === 0) continue;
    const owner = personWhom(realm.people, system, device, "grant");
    // The last of them: the first ones are likely the admins, of whom one must be left to approve.
    const visitor = personWhom(realm.people.toReversed(), system, controller, "ask");
    const admin = adminsOf(realm, system).find((person) => person.id !== visitor?.id);
    if (owner === undefined || visitor === undefined || admin === undefined) continue;
    return { system, owner, devices, visitor, controller, admin, stranger: strangerTo(realm) };
  }
  return undefined;
}

const DEVICES = 3;
const FAVOURITE = 333;

/** Three devices whose names fit the system's ports under either way to allocate them. */
function deviceIds(realm: Realm, system: System): readonly ComputerId[] {
  const room = system.ports.last - system.ports.first;
  if (room < DEVICES) return [];
  const first = Math.min(FAVOURITE, room - DEVICES + 1);
  return Array.from({ length: DEVICES }, (_, index) => id(realm, system, String(first + index)));
}

function personWhom(
  people: readonly Person[],
  system: System,
  computer: ComputerId,
  then: "grant" | "ask",
): Person | undefined {
  return people.find((person) => judge(system, person, computer, () => false).rule?.then === then);
}

const id = (realm: Realm, system: System, computer: string): ComputerId => ({
  computer: computer as ComputerName,
  system: system.name,
  realm: realm.name,
});

const strangerTo = (realm: Realm): string =>
  realm.people.some(({ login }) => login === "mallory") ? `mallory-${randomUUID().slice(0, 8)}` : "mallory";
