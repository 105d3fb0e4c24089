import { describe, expect, it } from "@jest/globals";
import { type AgentService, agentUnit, unitName } from "../../../core/computer/agent-unit.ts";

const service: AgentService = {
  id: "333.hula.atlas",
  node: "/usr/bin/node",
  program: "/usr/local/lib/warren/warren-agent.js",
  profile: "/root/.config/warren/333.hula.atlas",
  manager: "system",
  account: "root",
  writes: ["/home/atlas/.ssh"],
};
const linesOf = (changed: Partial<AgentService>): readonly string[] =>
  agentUnit({ ...service, ...changed }).split("\n");

describe("agentUnit", () => {
  it("names the unit after the device, so that one device may be in two systems", () => {
    expect(unitName(service.id)).toBe("warren-agent-333.hula.atlas.service");
  });

  it("lets root's agent write its profile and the keys of its accounts, and become those accounts", () => {
    const lines = linesOf({});
    expect(lines).toContain("ReadWritePaths=-/root/.config/warren/333.hula.atlas -/home/atlas/.ssh");
    expect(lines).toContain("CapabilityBoundingSet=CAP_SETUID CAP_SETGID CAP_KILL");
    expect(lines).toContain("ProtectSystem=strict");
    expect(lines.some((line) => line.startsWith("User="))).toBe(false);
  });

  it("gives another account's agent that account and no capability", () => {
    const lines = linesOf({ account: "1000" });
    expect(lines).toContain("User=1000");
    expect(lines).toContain("CapabilityBoundingSet=");
  });

  it("asks an account's own manager for nothing that wants privileges", () => {
    const lines = linesOf({ manager: "user", account: "atlas" });
    expect(lines).toContain("WantedBy=default.target");
    expect(lines).toContain("NoNewPrivileges=yes");
    expect(lines.filter((line) => /^(User|Protect|Private|Capability|ReadWrite)/.test(line))).toEqual([]);
  });

  it("quotes paths as systemd reads them", () => {
    const lines = linesOf({ profile: '/srv/a "b" 100%/$x' });
    expect(lines).toContain(
      'ExecStart=/usr/bin/node /usr/local/lib/warren/warren-agent.js run --profile "/srv/a \\"b\\" 100%%/$$x"',
    );
    expect(lines).toContain('ReadWritePaths=-"/srv/a \\"b\\" 100%%/$x" -/home/atlas/.ssh');
  });
});
