import type { HostFacts } from "./facts.ts";
import { fileSteps } from "./file-steps.ts";
import { DROP_IN, SSHD_UNIT } from "./layout.ts";
import { dropIn, groupSettings, penaltiesOf, readEffective, syncSettings } from "./sshd.ts";
import { changes, type Notice, type Step } from "./steps.ts";

/** When all it names is there. The checks come each time: another file may have changed what sshd does. */
export function sshdSteps(
  facts: HostFacts,
  syncUser: string,
  system: string | undefined,
  oneTimePasswords: boolean,
): readonly Step[] {
  const { node, sshd } = facts;
  const penalties = sshd.settings.ok ? penaltiesOf(readEffective(sshd.settings.text)) : [];
  const wish = { syncUser, node: node.path, penalties, oneTimePasswords };
  return [
    ...fileSteps(facts, DROP_IN, dropIn(wish)),
    { kind: "command", argv: ["sshd", "-t"], looks: true },
    ...(system === undefined
      ? []
      : [{ kind: "check", account: system, wanted: groupSettings(wish) } as const]),
    { kind: "check", account: syncUser, wanted: syncSettings(wish) },
  ];
}

/** Last: how the running sshd hears of what `steps` do to its files; sessions stay up. */
export function tellSshd(facts: HostFacts, steps: readonly Step[]): readonly Step[] {
  const touch = (path: string) => steps.some((step) => "path" in step && step.path === path);
  // By a SIGHUP it would keep the environment that it has. KillMode=process in Debian's unit spares the sessions.
  if (facts.systemd === "running" && touch(SSHD_UNIT))
    return [{ kind: "command", argv: ["systemctl", "try-restart", "ssh.service"] }];
  return touch(DROP_IN) ? reload(facts) : [];
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
