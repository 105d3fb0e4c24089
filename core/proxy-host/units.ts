import type { HostFacts } from "./facts.ts";
import { fileSteps } from "./file-steps.ts";
import * as at from "./layout.ts";
import type { CommandStep, Step } from "./steps.ts";
import { service, sshdUnit, TIMER_UNIT, timer } from "./texts.ts";

/** What Warren has systemd read, by path; nothing where there is no systemd. */
export const unitTexts = ({ systemd }: Pick<HostFacts, "systemd">): ReadonlyMap<string, string> =>
  systemd === "absent"
    ? new Map()
    : new Map([
        [at.UNIT_SERVICE, service],
        [at.UNIT_TIMER, timer],
        [at.SSHD_UNIT, sshdUnit],
      ]);

/**
 * The units that are missing or changed, and the timer where it is not enabled, as after a run that was cut short; the
 * running sshd hears of its own by `tellSshd`.
 */
export function unitSteps(facts: HostFacts): readonly Step[] {
  const files = [...unitTexts(facts)].flatMap(([path, text]) => fileSteps(facts, path, text));
  const isEnabled = facts.systemd === "absent" || facts.files.has(at.TIMER_ENABLED);
  if (files.length === 0 && isEnabled) return [];
  const isTimers = !isEnabled || files.some(({ path }) => path !== at.SSHD_UNIT);
  return [
    // A folder of somebody else's stays as it is.
    ...(facts.files.has(at.SSHD_UNIT) ? [] : [command("mkdir", "-p", "-m", "0755", at.SSHD_UNIT_FOLDER)]),
    ...files,
    ...daemonReload(facts),
    ...(isTimers ? [command("systemctl", "enable", ...now(facts), TIMER_UNIT)] : []),
  ];
}

/** Takes away those that are there. */
export function unitRemoval(facts: HostFacts): readonly Step[] {
  const gone = [at.UNIT_TIMER, at.UNIT_SERVICE, at.SSHD_UNIT].filter((path) => facts.files.has(path));
  if (gone.length === 0) return [];
  const isEnabled = facts.systemd !== "absent" && gone.includes(at.UNIT_TIMER);
  return [
    ...(isEnabled ? [command("systemctl", "disable", ...now(facts), TIMER_UNIT)] : []),
    ...gone.map((path) => ({ kind: "gone", path }) as const),
    ...(gone.includes(at.SSHD_UNIT)
      ? [command("rmdir", "--ignore-fail-on-non-empty", at.SSHD_UNIT_FOLDER)]
      : []),
    ...daemonReload(facts),
  ];
}

const now = ({ systemd }: HostFacts): readonly string[] => (systemd === "running" ? ["--now"] : []);

const daemonReload = ({ systemd }: HostFacts): readonly Step[] =>
  systemd === "running" ? [command("systemctl", "daemon-reload")] : [];

const command = (...argv: CommandStep["argv"]): CommandStep => ({ kind: "command", argv });
