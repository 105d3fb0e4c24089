import type { Failure } from "../core/failure.ts";
import type { AccountLookup, AppLook, Network, Programs, RepositoryLook } from "../core/inspection.ts";
import type { People } from "../core/ports/people.ts";
import type { BranchRules, Heads } from "../core/ports/realm.ts";
import type { RegistryStore } from "../core/ports/registry.ts";
import type { Realm } from "../core/realm/realm.ts";
import { appCheck, webhookCheck } from "./doctor/app.ts";
import type { Check } from "./doctor/check.ts";
import { computerChecks, type EnrolledComputer } from "./doctor/computer.ts";
import { filesCheck } from "./doctor/files.ts";
import { brokerAddress, brokerCheck, clockCheck, type HostPorts } from "./doctor/hosts.ts";
import { peopleCheck, teamsCheck } from "./doctor/people.ts";
import { type LivePlans, proxyChecks } from "./doctor/proxies.ts";
import { type RealmSeen, realmCheck, realmIn, repositoryCheck, versionsCheck } from "./doctor/realm.ts";
import { registryCheck, rulesetsCheck } from "./doctor/repository.ts";
import { oidcCheck, settingsCheck } from "./doctor/settings.ts";

/** What a doctor needs wherever it stands. */
export interface HerePorts {
  readonly network: Network;
  readonly programs: Programs;
  readonly forgeClock: () => Promise<Date>;
  readonly now: () => Date;
}

/** One realm on GitHub, as one token sees it. */
export interface RealmPorts extends Pick<HerePorts, "network" | "now"> {
  readonly look: RepositoryLook;
  readonly accounts: AccountLookup;
  readonly people: People;
  readonly rules: BranchRules;
  readonly heads: Heads;
  readonly registry: Pick<RegistryStore, "snapshot">;
  /** Left out: its key is not at hand. */
  readonly app?: AppLook;
  readonly plans?: LivePlans;
  readonly version: string;
}

/** Checks of a live realm, in the order in which they are shown. `seen` left out: realm.yaml could not be read. */
export function realmChecks(ports: RealmPorts, seen: RealmSeen | undefined): readonly Check[] {
  const read = seen === undefined ? undefined : realmIn(seen);
  const realm = read?.ok === true ? read.realm : undefined;
  return [
    repositoryCheck(ports.look, realm),
    ...(seen === undefined ? [] : [realmCheck(seen)]),
    filesCheck(ports.look, ports.version, realm),
    appCheck(ports.app),
    webhookCheck(ports.app, ports.now),
    registryCheck(ports.heads, ports.registry),
    ...(realm === undefined ? [] : checksBy(ports, realm)),
  ];
}

/** What is left to look at where the forge does not answer; `seen` is a checkout's, which may be behind. */
export const checksWithoutForge = (
  ports: HostPorts,
  why: Failure,
  seen: RealmSeen | undefined,
): readonly Check[] => {
  const read = seen === undefined ? undefined : realmIn(seen);
  return [
    { name: "github", run: () => Promise.reject(why) },
    ...(seen === undefined ? [] : [realmCheck(seen)]),
    ...(read?.ok === true ? hostChecks(ports, read.realm, undefined) : []),
  ];
};

/** What can be looked at only where realm.yaml says where it is. */
const checksBy = (ports: RealmPorts, realm: Realm): readonly Check[] => [
  peopleCheck(ports.accounts, realm),
  teamsCheck(ports.people, realm),
  rulesetsCheck(ports.rules, ports.look, realm),
  settingsCheck(ports.look, realm),
  oidcCheck(ports.look, realm),
  ...hostChecks(ports, realm, ports.plans),
];

const hostChecks = (ports: HostPorts, realm: Realm, plans: LivePlans | undefined): readonly Check[] => [
  ...proxyChecks(ports.network, realm, plans),
  brokerCheck(ports, "broker", brokerOf(realm)),
];

function brokerOf({ broker }: Realm) {
  if (broker === undefined) return undefined;
  return broker.type === "mqtt" ? brokerAddress(broker.url, broker.ca) : brokerAddress(broker.endpoint);
}

/** Checks of this computer, and of all that are enrolled on it. */
export const hereChecks = (
  { network, programs, forgeClock, now }: HerePorts,
  computers: readonly EnrolledComputer[],
): readonly Check[] => [
  ...computers.flatMap((computer) => computerChecks({ network, now }, computer)),
  clockCheck(forgeClock, now),
  versionsCheck(programs),
];
