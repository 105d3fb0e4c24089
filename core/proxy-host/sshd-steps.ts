import type { HostFacts } from "./facts.ts";
import { fileSteps } from "./file-steps.ts";
import { DROP_IN } from "./layout.ts";
import { dropIn, groupSettings, knowsPenalties, readEffective, syncSettings } from "./sshd.ts";
import { changes, type Notice, type Step } from "./steps.ts";

/** Last, when all it names is there. The checks come each time: another file may have changed what sshd does. */
export function sshdSteps(
  facts: HostFacts,
  syncUser: string,
  system: string | undefined,
  oneTimePasswords: boolean,
): readonly Step[] {
  const { node, sshd } = facts;
  const penalties = sshd.settings.ok && knowsPenalties(readEffective(sshd.settings.text));
  const wish = { syncUser, node: node.path, penalties, oneTimePasswords };
  const write = fileSteps(facts, DROP_IN, dropIn(wish));
  return [
    ...write,
    { kind: "command", argv: ["sshd", "-t"], looks: true },
    ...(system === undefined
      ? []
      : [{ kind: "check", account: system, wanted: groupSettings(wish) } as const]),
    { kind: "check", account: syncUser, wanted: syncSettings(wish) },
    ...(write.length === 0 ? [] : reload(facts)),
  ];
}

/** How the running sshd hears of new settings; sessions stay up. */
export function reload(facts: Pick<HostFacts, "systemd" | "sshdPid">): readonly Step[] {
  // Does nothing where ssh.socket has not started it yet, which is right.
  if (facts.systemd === "running")
    return [{ kind: "command", argv: ["systemctl", "try-reload-or-restart", "ssh.service"] }];
  return facts.sshdPid === undefined
    ? []
    : [{ kind: "command", argv: ["kill", "-HUP", String(facts.sshdPid)] }];
}

export const reloadWarnings = (facts: HostFacts, steps: readonly Step[]): readonly Notice[] =>
  facts.systemd === "running" || facts.sshdPid !== undefined || !steps.some(changes)
    ? []
    : [{ says: "no running sshd was found by /run/sshd.pid: its settings count when it starts" }];
