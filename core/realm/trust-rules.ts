import { quoted } from "../quote.ts";
import { entriesOf, fieldOf, isMapping, itemsOf, type Misfit } from "./raw.ts";
import type { Path } from "./yaml-text.ts";

/** Who is named must be in people; a rule must be able to do what it says. */
export function trustMisfits(content: unknown): readonly Misfit[] {
  const people = fieldOf(content, "people");
  const realmAdmins = itemsOf(fieldOf(content, "admins"));
  return [
    ...peopleMisfits(realmAdmins, ["admins"], people),
    ...entriesOf(fieldOf(content, "systems")).flatMap(([name, system]) => {
      const path: Path = ["systems", name];
      const admins = itemsOf(fieldOf(system, "admins"));
      return [
        ...peopleMisfits(admins, [...path, "admins"], people),
        ...doubled(itemsOf(fieldOf(system, "login")), [...path, "login"]),
        ...itemsOf(fieldOf(system, "trust")).flatMap((rule, index) =>
          ruleMisfits(rule, [...path, "trust", index], people, new Set([...admins, ...realmAdmins])),
        ),
      ];
    }),
  ];
}

function ruleMisfits(
  rule: unknown,
  path: Path,
  people: unknown,
  admins: ReadonlySet<unknown>,
): readonly Misfit[] {
  const who = itemsOf(fieldOf(rule, "who"));
  return [
    ...peopleMisfits(who, [...path, "who"], people),
    ...doubled(itemsOf(fieldOf(rule, "may")), [...path, "may"]),
    ...approvalMisfits(rule, path, who, admins),
  ];
}

/** Each entry of a list of people: named once, and with an id. Teams are GitHub's to know. */
function peopleMisfits(list: readonly unknown[], path: Path, people: unknown): readonly Misfit[] {
  const strangers = list.flatMap((login, index): readonly Misfit[] => {
    if (typeof login !== "string" || login.startsWith("@")) return [];
    if (!isMapping(people) || Object.hasOwn(people, login)) return [];
    const message = `${quoted(login)} is not in people; add the login there, with its GitHub id`;
    return [{ path: [...path, index], message }];
  });
  return [...strangers, ...doubled(list, path)];
}

function doubled(list: readonly unknown[], path: Path): readonly Misfit[] {
  const seen = new Set<unknown>();
  return list.flatMap((item, index): readonly Misfit[] => {
    if (typeof item !== "string") return [];
    if (seen.has(item))
      return [{ path: [...path, index], message: `${quoted(item)} stands twice; once each` }];
    seen.add(item);
    return [];
  });
}

function approvalMisfits(
  rule: unknown,
  path: Path,
  who: readonly unknown[],
  admins: ReadonlySet<unknown>,
): readonly Misfit[] {
  const [then, approvals] = [fieldOf(rule, "then"), fieldOf(rule, "approvals")];
  const misfits: Misfit[] = [];
  const end = fieldOf(rule, "for");
  if (then === "refuse" && end !== undefined) {
    misfits.push({
      path: [...path, "for"],
      key: true,
      message: "stands beside then: refuse, which gives no access to end",
    });
  }
  if (approvals !== undefined && (then === "grant" || then === "refuse")) {
    misfits.push({
      path: [...path, "approvals"],
      key: true,
      message: `stands beside then: ${then}; approvals go with ask`,
    });
  }
  if (then !== "ask" || admins.size === 0) return misfits;
  const needed = approvals ?? 1;
  const able = mostApprovers(who, admins);
  if (typeof needed === "number" && needed > able) {
    const others = able === 1 ? "1 admin" : `${able} admins`;
    const message = `needs ${needed} approvals, and there are ${others} who could give them; a submitter never approves their own`;
    misfits.push({ path: approvals === undefined ? path : [...path, "approvals"], message });
  }
  return misfits;
}

/** Admins that could approve for whoever of `who` has the most of them: an admin's own submission has one fewer. */
const mostApprovers = (who: readonly unknown[], admins: ReadonlySet<unknown>): number =>
  who.length > 0 && who.every((each) => admins.has(each)) ? admins.size - 1 : admins.size;
