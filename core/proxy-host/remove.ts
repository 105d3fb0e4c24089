import {
  dropAccount,
  readAccounts,
  readGroup,
  standingOfSync,
  strangersIn,
  systemAccounts,
} from "./accounts.ts";
import type { HostFacts } from "./facts.ts";
import { blockSteps } from "./file-steps.ts";
import * as at from "./layout.ts";
import type { Block } from "./marked-block.ts";
import { passwordBlock } from "./one-time-passwords.ts";
import { readRecord } from "./record.ts";
import { noServices } from "./services.ts";
import { reloadWarnings, tellSshd } from "./sshd-steps.ts";
import type { Notice, Plan, Step } from "./steps.ts";
import { sessionBlock } from "./texts.ts";
import { unitRemoval } from "./units.ts";

/** The steps that undo `prepare` and what `apply` wrote, and nothing else; none on a host that was never prepared. */
export function planRemoval(facts: HostFacts): Plan {
  const text = facts.files.get(at.RECORD)?.text;
  const record = text === undefined ? undefined : readRecord(text);
  if (record?.ok !== true) {
    const why = record === undefined ? "is not there" : `can't be used: ${record.problem}`;
    const left = [at.DROP_IN, at.SUDOERS, at.UNIT_TIMER, at.SSHD_UNIT].filter((path) =>
      facts.files.has(path),
    );
    return left.length === 0 && record === undefined
      ? { problems: [], warnings: [], steps: [] }
      : {
          problems: [
            { says: `${at.RECORD} ${why}: what to remove is not known`, hint: "prepare again, then remove" },
          ],
          warnings: [],
          steps: [],
        };
  }
  const { syncUser, group: origin } = record.value;
  const accounts = readAccounts(facts.passwd);
  const group = readGroup(facts.group, at.GROUP);
  const problems: Notice[] = [];
  const warnings: Notice[] = [];
  const without = (path: string, blocks: readonly Block[]): readonly Step[] => {
    const emptied = blocks.map((block) => ({ ...block, lines: [] }));
    return facts.files.has(path) ? blockSteps(facts, path, emptied, problems) : [];
  };
  const gone = (path: string): Step[] => (facts.files.has(path) ? [{ kind: "gone", path }] : []);

  const names = [
    ...systemAccounts(accounts, group),
    ...(standingOfSync(syncUser, accounts, group).kind === "ours" ? [syncUser] : []),
  ];
  const strangers = strangersIn(accounts, group);
  const dropGroup = group !== undefined && origin === "made" && strangers.length === 0;
  if (strangers.length > 0) {
    warnings.push({ says: `group ${at.GROUP} stays: ${strangers.join(", ")} is in it, and not Warren's` });
  }
  const foreign = facts.ours.filter((name) => !at.isOwn(name));
  if (foreign.length > 0) {
    warnings.push({ says: `${at.FOLDER} stays: ${foreign.join(", ")} in it is not Warren's` });
  }
  const sshd: Step[] = [
    { kind: "gone", path: at.DROP_IN },
    { kind: "command", argv: ["sshd", "-t"], looks: true },
    ...unitRemoval(facts),
  ];
  // sshd lets nobody in any more before the accounts' sessions end; the record goes last, for it says what to undo.
  const steps: Step[] = [
    ...sshd,
    ...tellSshd(facts, sshd),
    ...without(at.PAM, [sessionBlock, passwordBlock("")]),
    ...gone(at.SUDOERS),
    ...without(at.SERVICES, [noServices]),
    ...names.flatMap(dropAccount),
    ...(dropGroup ? [{ kind: "command", argv: ["groupdel", at.GROUP] } as const] : []),
    { kind: "gone", path: at.RUN_FOLDER },
    ...(foreign.length === 0
      ? [{ kind: "gone", path: at.FOLDER } as const]
      : facts.ours
          .filter((name) => at.isOwn(name))
          .toSorted((a, b) => Number(a === "host.json") - Number(b === "host.json"))
          .map((name) => ({ kind: "gone", path: `${at.FOLDER}/${name}` }) as const)),
  ];
  return { problems, warnings: [...warnings, ...reloadWarnings(facts, steps)], steps };
}
