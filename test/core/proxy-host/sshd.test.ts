import { describe, expect, it } from "@jest/globals";
import { sshToProxy } from "../../../core/computer/ssh-config.ts";
import {
  differences,
  dropIn,
  groupSettings,
  includesDropIns,
  penaltiesOf,
  readEffective,
} from "../../../core/proxy-host/sshd.ts";
import { good, id, madeKey } from "../../made/access.ts";

const wish = { syncUser: "warren-sync", node: "/usr/bin/node", penalties: [] };

describe("dropIn", () => {
  it("ends its matches, so that nothing of the host's own falls into one", () => {
    expect(dropIn(wish).trimEnd().split("\n").at(-1)).toBe("Match all");
  });

  it("lets no failure count against a whole address where sshd has penalties, above the first Match", () => {
    const text = dropIn({ ...wish, penalties: ["authfail", "noauth"] });
    const at = text.indexOf("\nPerSourcePenalties authfail:0 noauth:0\n");
    expect(at).toBeGreaterThan(0);
    expect(at).toBeLessThan(text.indexOf("\nMatch "));
    expect(dropIn(wish)).not.toContain("PerSourcePenalties");
  });

  it("gives the sync account exactly one command", () => {
    expect(dropIn(wish)).toContain("ForceCommand sudo -n /usr/bin/node /etc/warren/warren-proxy.mjs apply\n");
  });
});

describe("groupSettings", () => {
  const settings = new Map(groupSettings({}));
  const [interval, most] = [
    Number(settings.get("ClientAliveInterval")),
    Number(settings.get("ClientAliveCountMax")),
  ];

  it("have sshd notice a dead link well within 45 s, also where it asks every second time", () => {
    expect(2 * interval * (most + 1)).toBeLessThan(40);
  });

  it("have it ask between what a controller's ssh writes into a dead tunnel", () => {
    const proxy = { host: "proxy.test", port: 22, hostKeys: [madeKey("host")] };
    const options = good(sshToProxy(id("333.hula.atlas"), proxy, { identity: "/i", knownHosts: "/k" }));
    const writes = options.find((option) => option.startsWith("ServerAliveInterval="))?.split("=")[1];
    expect(2 * interval).toBeLessThan(Number(writes));
  });

  it("end no session for an outage of 5 s, which TCP may take 11 s to get over", () => {
    expect(interval * most).toBeGreaterThan(11);
  });
});

describe("penaltiesOf", () => {
  it.each([
    ["", []],
    ["persourcepenalties no", []],
    [
      // OpenSSH 10.0
      "persourcepenalties crash:90 authfail:5 noauth:1 grace-exceeded:10 refuseconnection:10 max:600 min:15 max-sources4:65536 max-sources6:65536 overflow:permissive overflow6:permissive",
      ["authfail", "noauth", "grace-exceeded", "refuseconnection"],
    ],
  ])("of %j is %j", (said, names) => {
    expect(penaltiesOf(readEffective(said))).toEqual(names);
  });
});

describe("includesDropIns", () => {
  it.each([
    ["Include /etc/ssh/sshd_config.d/*.conf\nPort 22\n", true],
    ["  include sshd_config.d/*.conf", true],
    ["# Include /etc/ssh/sshd_config.d/*.conf\n", false],
    ["Include /etc/ssh/other.d/*.conf\n", false],
    ["Match User git\nInclude /etc/ssh/sshd_config.d/*.conf\n", false],
  ])("of %j is %p", (config, answer) => {
    expect(includesDropIns(config)).toBe(answer);
  });
});

describe("differences", () => {
  const effective = readEffective("permittty yes\npermitopen 127.0.0.1:* localhost:*\n");
  const config = [
    { path: "/etc/ssh/sshd_config.d/10-x.conf", text: "Match Group warren\n  PermitTTY yes\n" },
    { path: "/etc/ssh/sshd_config", text: "Port 22\n" },
  ];

  it("names the setting, the account and the file", () => {
    expect(differences("hula", [["PermitTTY", "no"]], effective, config)).toEqual([
      `sshd's PermitTTY for hula is "yes"; "no" is wanted; see /etc/ssh/sshd_config.d/10-x.conf:2`,
    ]);
  });

  it("is silent where sshd does what is wanted", () => {
    expect(differences("hula", [["PermitOpen", "127.0.0.1:* localhost:*"]], effective, config)).toEqual([]);
  });
});
