import { hashOf } from "../access/manifest.ts";
import type { SshPublicKey } from "../keys/ssh-key.ts";
import type { ProxyHost, Realm } from "../realm/realm.ts";
import { addGroup, addSync, addSystem, readAccounts, readGroup } from "./accounts.ts";
import type { HostFacts } from "./facts.ts";
import { blockSteps, fileSteps } from "./file-steps.ts";
import * as at from "./layout.ts";
import { accountProblems, hostProblems, moduleProblems } from "./needs.ts";
import { passwordBlock } from "./one-time-passwords.ts";
import { type HostRecord, printRecord, readRecord } from "./record.ts";
import { noServices, servicesBlock } from "./services.ts";
import { reloadWarnings, sshdSteps, tellSshd } from "./sshd-steps.ts";
import type { Notice, Plan, Step } from "./steps.ts";
import { SWEEP_EVERY, sessionBlock, sudoers } from "./texts.ts";
import { unitSteps, unitTexts } from "./units.ts";
import { hostKeyWarnings, nodeWarnings, passwordWarnings, portWarnings, sshdWarnings } from "./warnings.ts";

/** What root runs on a proxy, as this version of Warren carries it. */
export interface Carried {
  readonly serve: string;
  readonly session: string;
  readonly device: string;
  readonly program: string;
}

export interface Wish {
  readonly realm: Realm;
  readonly proxy: ProxyHost;
  /** None: those that the host holds stay. */
  readonly syncKeys: readonly SshPublicKey[];
  /** Undefined: as it was. */
  readonly services: boolean | undefined;
  /** PAM's module and its arguments; empty: no longer. Undefined: as it was. */
  readonly oneTimePasswords?: string | undefined;
  readonly carried: Carried;
}

/** The steps from the host as it is to a proxy of the realm; none that changes anything on one that is prepared. */
export function planPreparation(facts: HostFacts, wish: Wish): Plan {
  const { realm, proxy } = wish;
  const systems = realm.systems.filter((system) => system.proxy === proxy.name);
  const problems: Notice[] = [
    ...hostProblems(facts),
    ...accountProblems(facts, { systems: systems.map(({ name }) => name), syncUser: proxy.syncUser }),
  ];
  const record = heldRecord(facts, problems);
  if (record !== undefined && (record.realm !== realm.name || record.proxy !== proxy.name)) {
    problems.push({
      says: `this host is proxy ${record.proxy} of realm ${record.realm}; ${proxy.name} of ${realm.name} was asked for`,
      hint: "warren proxy prepare --remove",
    });
  }
  if (record !== undefined && record.syncUser !== proxy.syncUser) {
    problems.push({
      says: `the sync account is ${record.syncUser}; realm.yaml names ${proxy.syncUser}`,
      hint: "warren proxy prepare --remove, then prepare again",
    });
  }
  if (wish.syncKeys.length === 0 && !facts.files.has(at.SYNC_KEYS)) {
    problems.push({ says: "no sync key is known yet", hint: "give its public half by --sync-key FILE.pub" });
  }
  const module = wish.oneTimePasswords ?? record?.oneTimePasswords ?? "";
  problems.push(...moduleProblems(module, facts));

  const sshd = [
    ...sshdSteps(facts, proxy.syncUser, systems[0]?.name, module !== ""),
    // Behind the checks: a host where they fail isn't left with a unit of which sshd never hears.
    ...unitSteps(facts),
  ];
  // The record first: whatever stops this half-way, `--remove` knows what was made.
  const steps = [
    ...folderSteps(facts, wish, record),
    ...accountSteps(
      facts,
      systems.map(({ name }) => name),
      proxy.syncUser,
    ),
    ...sudoSteps(facts, proxy.syncUser),
    ...blockSteps(facts, at.PAM, [passwordBlock(module), sessionBlock], problems),
    ...serviceSteps(facts, wish, record, problems),
    ...sshd,
    ...tellSshd(facts, sshd),
  ];
  const warnings = [
    ...nodeWarnings(facts.node),
    ...sshdWarnings(facts),
    ...portWarnings(systems, facts),
    ...hostKeyWarnings(proxy, facts.sshd.hostKeys),
    ...timerWarnings(facts),
    ...passwordWarnings(module, facts),
    ...reloadWarnings(facts, steps),
  ];
  return { problems, warnings, steps };
}

function heldRecord(facts: HostFacts, problems: Notice[]): HostRecord | undefined {
  const text = facts.files.get(at.RECORD)?.text;
  if (text === undefined) return undefined;
  const record = readRecord(text);
  if (record.ok) return record.value;
  problems.push({
    says: `${at.RECORD} can't be used: ${record.problem}`,
    hint: `rm ${at.RECORD}, and prepare again`,
  });
  return undefined;
}

function accountSteps(facts: HostFacts, systems: readonly string[], syncUser: string): readonly Step[] {
  const accounts = readAccounts(facts.passwd);
  return [
    ...(readGroup(facts.group, at.GROUP) === undefined ? [addGroup] : []),
    ...systems.filter((name) => !accounts.has(name)).map(addSystem),
    ...(accounts.has(syncUser) ? [] : [addSync(syncUser)]),
  ];
}

function folderSteps(
  facts: HostFacts,
  { realm, proxy, syncKeys, services, oneTimePasswords, carried }: Wish,
  old?: HostRecord,
) {
  const keys = syncKeys.map(({ line }) => `restrict ${line}\n`).join("");
  const record: HostRecord = {
    format: 1,
    realm: realm.name,
    proxy: proxy.name,
    syncUser: proxy.syncUser,
    node: facts.node.path,
    group: old?.group ?? (readGroup(facts.group, at.GROUP) === undefined ? "made" : "found"),
    services: services ?? old?.services ?? false,
    oneTimePasswords: oneTimePasswords ?? old?.oneTimePasswords ?? "",
    sums: {
      [at.SERVE]: hashOf(carried.serve),
      [at.SESSION]: hashOf(carried.session),
      [at.DEVICE]: hashOf(carried.device),
      [at.PROGRAM]: hashOf(carried.program),
      [at.SYNC_KEYS]: hashOf(keys === "" ? (facts.files.get(at.SYNC_KEYS)?.text ?? "") : keys),
      ...Object.fromEntries([...unitTexts(facts)].map(([path, text]) => [path, hashOf(text)])),
    },
  };
  const steps: Step[] = [
    ...fileSteps(facts, at.RECORD, printRecord(record)),
    ...fileSteps(facts, at.SERVE, carried.serve, 0o755),
    ...fileSteps(facts, at.SESSION, carried.session, 0o755),
    ...fileSteps(facts, at.DEVICE, carried.device, 0o755),
    ...fileSteps(facts, at.PROGRAM, carried.program, 0o755),
    ...(keys === "" ? [] : fileSteps(facts, at.SYNC_KEYS, keys)),
  ];
  // sshd refuses every key while the list of revoked ones can't be read.
  if (!facts.files.has(at.BLOCKED_KRL)) {
    steps.push(
      { kind: "command", argv: ["ssh-keygen", "-q", "-k", "-f", at.BLOCKED_KRL] },
      { kind: "command", argv: ["chmod", "0644", at.BLOCKED_KRL] },
    );
  }
  return facts.ours.length === 0 && steps.length > 0
    ? [{ kind: "folder", path: at.FOLDER } as const, ...steps]
    : steps;
}

/**
 * visudo sees the text before sudo does: a broken file in sudoers.d takes sudo from everybody. In a file, for sudo-rs
 * (Ubuntu 25.10) knows no `-f -`.
 */
function sudoSteps(facts: HostFacts, syncUser: string): readonly Step[] {
  const text = sudoers(syncUser, facts.node.path);
  const write = fileSteps(facts, at.SUDOERS, text, 0o440);
  return write.length === 0
    ? []
    : [
        { kind: "file", path: at.SUDOERS_DRAFT, mode: 0o440, text },
        { kind: "command", argv: ["visudo", "-c", "-f", at.SUDOERS_DRAFT], looks: true },
        { kind: "gone", path: at.SUDOERS_DRAFT },
        ...write,
      ];
}

function serviceSteps(
  facts: HostFacts,
  wish: Wish,
  old: HostRecord | undefined,
  problems: Notice[],
): readonly Step[] {
  if (!(wish.services ?? old?.services ?? false))
    return facts.files.has(at.SERVICES) ? blockSteps(facts, at.SERVICES, [noServices], problems) : [];
  const block = servicesBlock(facts.directories);
  if (block.ok) return blockSteps(facts, at.SERVICES, [block.value], problems);
  problems.push({ says: block.problem, hint: "warren proxy status" });
  return [];
}

const timerWarnings = ({ systemd }: HostFacts): readonly Notice[] =>
  systemd === "running"
    ? []
    : [
        {
          says: `systemd is not running here: have \`${at.SESSION} sweep\` called every ${SWEEP_EVERY} seconds, or sessions outlive their key's end`,
        },
      ];
