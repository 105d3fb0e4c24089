import { FOLDER, GROUP, SERVE } from "./layout.ts";
import type { CommandStep } from "./steps.ts";

/** One line of passwd(5). */
export interface Account {
  readonly name: string;
  readonly gid: number;
  readonly comment: string;
  readonly home: string;
  readonly shell: string;
}

export interface UnixGroup {
  readonly gid: number;
  /** Accounts that have it besides their own group. */
  readonly members: readonly string[];
}

export const SYSTEM_COMMENT = "Warren system";
export const SYNC_COMMENT = "Warren sync";
const SYNC_SHELL = "/bin/sh";

/** Lines of `getent passwd`, by name; the first of a name counts, as for everybody. */
export function readAccounts(passwd: string): ReadonlyMap<string, Account> {
  const found = new Map<string, Account>();
  for (const line of passwd.split("\n")) {
    const [name, , , gid, comment, home, shell] = line.split(":");
    if (name === undefined || shell === undefined || found.has(name)) continue;
    found.set(name, { name, gid: Number(gid), comment: comment ?? "", home: home ?? "", shell });
  }
  return found;
}

/** A line of `getent group`. */
export function readGroup(groups: string, wanted: string): UnixGroup | undefined {
  for (const line of groups.split("\n")) {
    const [name, , gid, members] = line.split(":");
    if (name !== wanted || members === undefined) continue;
    return { gid: Number(gid), members: members.split(",").filter((member) => member !== "") };
  }
  return undefined;
}

export type Standing =
  | { readonly kind: "ours" }
  | { readonly kind: "missing" }
  /** An account that somebody else made: never adopted, for its owner would gain or lose by it. */
  | { readonly kind: "foreign"; readonly why: string };

/** Ours has our shell, our group and our comment, all three. */
export function standingOfSystem(
  name: string,
  accounts: ReadonlyMap<string, Account>,
  group: UnixGroup | undefined,
): Standing {
  const account = accounts.get(name);
  if (account === undefined) return { kind: "missing" };
  if (account.shell !== SERVE) return foreign("shell", account.shell, SERVE);
  if (account.gid !== group?.gid) return foreign("group", String(account.gid), GROUP);
  if (account.comment !== SYSTEM_COMMENT) return foreign("comment", account.comment, SYSTEM_COMMENT);
  return { kind: "ours" };
}

export function standingOfSync(
  name: string,
  accounts: ReadonlyMap<string, Account>,
  group: UnixGroup | undefined,
): Standing {
  const account = accounts.get(name);
  if (account === undefined) return { kind: "missing" };
  if (account.comment !== SYNC_COMMENT) return foreign("comment", account.comment, SYNC_COMMENT);
  if (account.shell !== SYNC_SHELL) return foreign("shell", account.shell, SYNC_SHELL);
  if (account.gid === group?.gid) return foreign("group", GROUP, "a group of its own");
  return { kind: "ours" };
}

const foreign = (what: string, is: string, wanted: string): Standing => ({
  kind: "foreign",
  why: `its ${what} is ${JSON.stringify(is)}, not ${JSON.stringify(wanted)}`,
});

/** Accounts of systems that Warren made, by name. */
export const systemAccounts = (
  accounts: ReadonlyMap<string, Account>,
  group: UnixGroup | undefined,
): readonly string[] =>
  [...accounts.keys()].filter((name) => standingOfSystem(name, accounts, group).kind === "ours").toSorted();

/** Accounts in group warren that Warren didn't make: sshd would treat them as systems. */
export function strangersIn(
  accounts: ReadonlyMap<string, Account>,
  group: UnixGroup | undefined,
): readonly string[] {
  if (group === undefined) return [];
  const inGroup = [...accounts.values()].filter(({ gid }) => gid === group.gid).map(({ name }) => name);
  return [...new Set([...inGroup, ...group.members])]
    .filter((name) => standingOfSystem(name, accounts, group).kind !== "ours")
    .toSorted();
}

/** `*` lets nobody in by password; the home must exist, or sshd complains at each login. */
const LOCKED = ["--system", "--no-create-home", "--home-dir", FOLDER, "--password", "*"] as const;

export const addGroup: CommandStep = { kind: "command", argv: ["groupadd", "--system", GROUP] };

export const addSystem = (name: string): CommandStep => ({
  kind: "command",
  argv: ["useradd", ...LOCKED, "--gid", GROUP, "--shell", SERVE, "--comment", SYSTEM_COMMENT, name],
});

export const addSync = (name: string): CommandStep => ({
  kind: "command",
  argv: ["useradd", ...LOCKED, "--user-group", "--shell", SYNC_SHELL, "--comment", SYNC_COMMENT, name],
});

/** Ends what still runs as the account, or userdel refuses; `pkill` says 1 where nothing does. */
export const dropAccount = (name: string): readonly CommandStep[] => [
  { kind: "command", argv: ["pkill", "-KILL", "-u", name], may: [1] },
  { kind: "command", argv: ["userdel", name] },
];
