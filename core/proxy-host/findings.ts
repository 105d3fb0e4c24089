import { hashOf } from "../access/manifest.ts";
import { readAccounts, readGroup, strangersIn, systemAccounts } from "./accounts.ts";
import type { HostFacts } from "./facts.ts";
import * as at from "./layout.ts";
import { withBlock } from "./marked-block.ts";
import { passwordBlock } from "./one-time-passwords.ts";
import { readRecord } from "./record.ts";
import { differences, dropIn, groupSettings, penaltiesOf, readEffective, syncSettings } from "./sshd.ts";
import { sessionBlock, sudoers } from "./texts.ts";

/** What drift looks at: fewer things than `prepare`, for it comes with every sync. */
export type DriftFacts = Pick<HostFacts, "files" | "passwd" | "group"> & {
  readonly config: HostFacts["sshd"]["config"];
  /** What `sshd -T -C user=…` says of an account, or why it didn't. */
  readonly effective: ReadonlyMap<string, HostFacts["sshd"]["settings"]>;
};

/** Accounts of which drift wants to know how sshd treats them: one system's, for all are treated alike, and the sync's. */
export function accountsToAsk(facts: Pick<HostFacts, "files" | "passwd" | "group">): readonly string[] {
  const record = readRecord(facts.files.get(at.RECORD)?.text ?? "");
  const [system] = systemAccounts(readAccounts(facts.passwd), readGroup(facts.group, at.GROUP));
  return record.ok ? [...(system === undefined ? [] : [system]), record.value.syncUser] : [];
}

/** How the host differs from what `prepare` made of it, in sentences; none where all is as it was. */
export function hostFindings(facts: DriftFacts): readonly string[] {
  const text = facts.files.get(at.RECORD)?.text;
  if (text === undefined)
    return ["this host was not set up by `warren proxy prepare`; its settings are not checked"];
  const record = readRecord(text);
  if (!record.ok) return [`${at.RECORD} can't be used: ${record.problem}`];
  const { syncUser, node, oneTimePasswords: module, sums } = record.value;
  const first = [...facts.effective.values()][0];
  const oneTimePasswords = module !== "";
  const wish = {
    syncUser,
    node,
    oneTimePasswords,
    penalties: first?.ok === true ? penaltiesOf(readEffective(first.text)) : [],
  };

  const changed = (path: string, same: (text: string) => boolean): string[] => {
    const held = facts.files.get(path);
    if (held === undefined) return [`${path} is gone`];
    if (!held.roots || (held.mode & 0o022) !== 0) return [`${path} can be written by others than root`];
    return same(held.text) ? [] : [`${path} is not as \`warren proxy prepare\` wrote it`];
  };
  const pam = (text: string): boolean => {
    const blocks = [passwordBlock(module), sessionBlock].map((block) => withBlock(text, block));
    return blocks.every((block) => block.ok && block.value === text);
  };
  const accounts = readAccounts(facts.passwd);
  const group = readGroup(facts.group, at.GROUP);
  return [
    ...changed(at.DROP_IN, (held) => held === dropIn(wish)),
    ...changed(at.PAM, pam),
    ...changed(at.SUDOERS, (held) => held === sudoers(syncUser, node)),
    ...Object.entries(sums).flatMap(([path, sum]) => changed(path, (held) => hashOf(held) === sum)),
    ...strangersIn(accounts, group).map((name) => `account ${name} is in group ${at.GROUP} and no system's`),
    ...[...facts.effective].flatMap(([name, said]) =>
      said.ok
        ? differences(
            name,
            name === syncUser ? syncSettings(wish) : groupSettings(wish),
            readEffective(said.text),
            facts.config,
          )
        : [`sshd does not say how it treats ${name}: ${said.says}`],
    ),
  ];
}
