import { describe, expect, it } from "@jest/globals";
import type { HostFacts } from "../../../core/proxy-host/facts.ts";
import { DROP_IN, SSHD_UNIT, TIMER_ENABLED } from "../../../core/proxy-host/layout.ts";
import { tellSshd } from "../../../core/proxy-host/sshd-steps.ts";
import { nameOf, type Step } from "../../../core/proxy-host/steps.ts";
import { unitRemoval, unitSteps, unitTexts } from "../../../core/proxy-host/units.ts";
import { madeFacts } from "./made-facts.ts";

const SERVICE = "/etc/systemd/system/warren-sessions.service";
const TIMER = "/etc/systemd/system/warren-sessions.timer";
const names = (steps: readonly Step[]) => steps.map(nameOf);

/** A host whose units are as `prepare` leaves them, but for those that `without` names. */
function withUnits(systemd: HostFacts["systemd"], ...without: readonly string[]): HostFacts {
  const all = [...unitTexts({ systemd: "running" }), [TIMER_ENABLED, "the timer's text"] as const];
  const held = all.filter(([path]) => !without.includes(path));
  return madeFacts({
    systemd,
    files: new Map(held.map(([path, text]) => [path, { text, mode: 0o644, roots: true }])),
  });
}

describe("unitSteps", () => {
  it("has systemd read all units at once, and starts the timer", () => {
    expect(names(unitSteps(madeFacts()))).toEqual([
      "run mkdir -p -m 0755 /etc/systemd/system/ssh.service.d",
      `write ${SERVICE} (root, 0644)`,
      `write ${TIMER} (root, 0644)`,
      `write ${SSHD_UNIT} (root, 0644)`,
      "run systemctl daemon-reload",
      "run systemctl enable --now warren-sessions.timer",
    ]);
    expect(unitSteps(withUnits("running"))).toEqual([]);
  });

  it("writes sshd's unit where an older Warren left the others, and leaves the timer alone", () => {
    expect(names(unitSteps(withUnits("running", SSHD_UNIT)))).toEqual([
      "run mkdir -p -m 0755 /etc/systemd/system/ssh.service.d",
      `write ${SSHD_UNIT} (root, 0644)`,
      "run systemctl daemon-reload",
    ]);
  });

  it("enables a timer that a run which was cut short only wrote", () => {
    expect(names(unitSteps(withUnits("running", TIMER_ENABLED)))).toEqual([
      "run systemctl daemon-reload",
      "run systemctl enable --now warren-sessions.timer",
    ]);
  });

  it("asks nothing of a systemd that doesn't run, and writes nothing where there is none", () => {
    expect(names(unitSteps(madeFacts({ systemd: "installed" }))).slice(-2)).toEqual([
      `write ${SSHD_UNIT} (root, 0644)`,
      "run systemctl enable warren-sessions.timer",
    ]);
    expect(unitSteps(madeFacts({ systemd: "absent" }))).toEqual([]);
  });
});

describe("unitRemoval", () => {
  it("takes the units away, and the folder of sshd's unless others have files in it", () => {
    expect(names(unitRemoval(withUnits("running")))).toEqual([
      "run systemctl disable --now warren-sessions.timer",
      `remove ${TIMER}`,
      `remove ${SERVICE}`,
      `remove ${SSHD_UNIT}`,
      "run rmdir --ignore-fail-on-non-empty /etc/systemd/system/ssh.service.d",
      "run systemctl daemon-reload",
    ]);
    expect(unitRemoval(madeFacts())).toEqual([]);
  });

  it("leaves alone what an older Warren never made", () => {
    expect(names(unitRemoval(withUnits("installed", SSHD_UNIT)))).toEqual([
      "run systemctl disable warren-sessions.timer",
      `remove ${TIMER}`,
      `remove ${SERVICE}`,
    ]);
  });
});

describe("tellSshd", () => {
  const write = (path: string): Step => ({ kind: "file", path, mode: 0o644, text: "" });

  it.each<[string, HostFacts["systemd"], readonly Step[], readonly string[]]>([
    [
      "has it read its settings",
      "running",
      [write(DROP_IN)],
      ["run systemctl try-reload-or-restart ssh.service"],
    ],
    [
      "starts it anew for its unit, for by a reload it would keep its environment",
      "running",
      [write(DROP_IN), write(SSHD_UNIT)],
      ["run systemctl try-restart ssh.service"],
    ],
    [
      "starts it anew where its unit goes",
      "running",
      [{ kind: "gone", path: SSHD_UNIT }],
      ["run systemctl try-restart ssh.service"],
    ],
    [
      "signals one that systemd didn't start",
      "installed",
      [write(DROP_IN), write(SSHD_UNIT)],
      ["run kill -HUP 7"],
    ],
    ["doesn't, where only a unit changed that systemd will read", "installed", [write(SSHD_UNIT)], []],
    ["says nothing where nothing changed", "running", [], []],
  ])("%s", (_, systemd, steps, does) => {
    expect(names(tellSshd(madeFacts({ systemd, sshdPid: 7 }), steps))).toEqual(does);
  });
});
