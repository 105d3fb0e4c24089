import type { AccountLookup } from "../../core/inspection.ts";
import type { People } from "../../core/ports/people.ts";
import type { Person, Realm } from "../../core/realm/realm.ts";
import { type Check, couldNotLook, type Finding, ok, problem } from "./check.ts";

/** Whether each login still is the account whose id stands beside it. */
export const peopleCheck = (accounts: AccountLookup, { people }: Realm): Check => ({
  name: "people",
  run: async () => {
    const findings = await Promise.all(people.map((person) => findingOf(accounts, person)));
    const wrong = findings.filter((finding) => finding !== undefined);
    return wrong.length > 0 ? wrong : [ok(`${people.length} of ${people.length} logins have the ids given`)];
  },
});

async function findingOf(accounts: AccountLookup, { login, id }: Person): Promise<Finding | undefined> {
  const [named, holder] = await Promise.all([accounts.named(login), accounts.of(id)]);
  if (named?.id === id) return undefined;
  const now = holder === undefined ? "no account has that id" : `that id is ${holder.login} now`;
  const fix =
    holder === undefined
      ? `take people.${login} out of realm.yaml, or give its id: https://api.github.com/users/${login}`
      : `rename people.${login} to ${holder.login} in realm.yaml, if it is the same person`;
  // Rights follow the id, so nobody gained any: but whoever reads the file takes one person for another.
  return named === undefined
    ? problem(`people.${login}: GitHub has no such login, and ${now}`, fix)
    : problem(`people.${login}: the login is account ${named.id}, not ${id}; ${now}`, fix);
}

/** Whether the teams that rules name can be read: otherwise no member of them gets in. */
export const teamsCheck = (people: People, { systems }: Realm): Check => ({
  name: "teams",
  run: async () => {
    const teams = new Set(
      systems.flatMap(({ trust }) =>
        trust.flatMap(({ who }) => who.flatMap((one) => ("team" in one ? [one.team] : []))),
      ),
    );
    if (teams.size === 0) return [ok("no rule names a team")];
    return Promise.all(
      [...teams].map((team) =>
        people
          .members({ team })
          .then(
            (members): Finding =>
              ok(`@${team} has ${members.size} ${members.size === 1 ? "member" : "members"}`),
            couldNotLook,
          ),
      ),
    );
  },
});
