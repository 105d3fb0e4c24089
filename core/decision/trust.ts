import { type ComputerId, type Role, roleOf } from "../names.ts";
import { matchesName, type Person, type Rule, type System, type Team } from "../realm/realm.ts";
import type { Account } from "../submission/issue.ts";
import type { Reason } from "./decision.ts";

export type IsMember = (account: Account, team: string) => boolean;

/** What the rules say of one account: the first that matches, and why each before it did not. */
export interface Judgement {
  readonly account: Account;
  readonly rule: Rule | undefined;
  readonly passedOver: readonly Reason[];
}

/** `alice (583231)`: the login for people, the id because it is what counts. */
export const named = ({ login, id }: Account | Person): string => `${login} (${id})`;

export function judge(system: System, account: Account, id: ComputerId, isMember: IsMember): Judgement {
  const passedOver: Reason[] = [];
  for (const rule of system.trust) {
    const miss = mismatch(rule, account, id, isMember);
    if (miss === undefined) return { account, rule, passedOver };
    passedOver.push({ rule: rule.path, at: rule.at, says: `does not match: ${miss}` });
  }
  return { account, rule: undefined, passedOver };
}

/**
 * Teams whose membership a judgement turns on: those of rules that could match this computer and, of an account, come
 * before the rule that names it. What comes after can't keep it waiting, be it a team that is gone.
 */
export function teamsAskedOf(system: System, id: ComputerId, account?: Account): readonly Team[] {
  const rules = system.trust.filter((rule) => fits(rule, id) === undefined);
  const own = rules.findIndex(({ who }) => who.some((each) => "id" in each && each.id === account?.id));
  const before = own < 0 ? rules : rules.slice(0, own);
  const teams = before.flatMap(({ who }) => who.filter((each): each is Team => "team" in each));
  return [...new Map(teams.map((team) => [team.team, team])).values()];
}

/** Whether the rule of this path names a team; unknown: no. */
export const teamRuleIn = ({ systems }: { readonly systems: readonly System[] }, path: string): boolean =>
  systems
    .flatMap(({ trust }) => trust)
    .some((rule) => rule.path === path && rule.who.some((who) => "team" in who));

function mismatch(rule: Rule, account: Account, id: ComputerId, isMember: IsMember): string | undefined {
  const unfit = fits(rule, id);
  if (unfit !== undefined) return unfit;
  const matches = rule.who.some((who) =>
    "team" in who ? isMember(account, who.team) : who.id === account.id,
  );
  return matches ? undefined : `it is not about ${named(account)}`;
}

function fits(rule: Rule, { computer }: ComputerId): string | undefined {
  const role = roleOf(computer);
  if (!rule.may.includes(role)) return `it is not about ${PLURAL[role]}`;
  if (rule.named !== undefined && !matchesName(rule.named, computer)) {
    return `${JSON.stringify(computer)} is not named like ${JSON.stringify(rule.named)}`;
  }
  return undefined;
}

export const PLURAL: Readonly<Record<Role, string>> = { device: "devices", controller: "controllers" };
