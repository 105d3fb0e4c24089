import { describe, expect, it } from "@jest/globals";
import { parseSshPublicKey } from "../../../core/keys/ssh-key.ts";
import type { HostFacts } from "../../../core/proxy-host/facts.ts";
import { planPreparation, type Wish } from "../../../core/proxy-host/prepare.ts";
import { planRemoval } from "../../../core/proxy-host/remove.ts";
import type { Plan } from "../../../core/proxy-host/steps.ts";
import { nameOf } from "../../../core/proxy-host/steps.ts";
import { good, madeKey, madeRealm, madeSystem } from "../../made/access.ts";
import { madeFacts, ownKey } from "./made-facts.ts";

const key = (seed: string) => good(parseSshPublicKey(madeKey(seed)));

function planned(facts: HostFacts, more: Partial<Wish> = {}): Plan {
  const realm = madeRealm([madeSystem("hula"), madeSystem("elsewhere", { proxy: "us" })]);
  const [eu] = realm.proxies;
  if (eu === undefined) throw new Error("no proxy");
  const proxy = { ...eu, hostKeys: [key("host"), key("spare")] };
  const carried = { serve: "serve\n", session: "session\n", device: "device\n", program: "program\n" };
  return planPreparation(facts, {
    realm,
    proxy,
    syncKeys: [key("sync")],
    services: undefined,
    carried,
    ...more,
  });
}
const says = (notices: readonly { readonly says: string }[]) =>
  notices.map((notice) => notice.says).join("\n");

describe("planPreparation", () => {
  it("finds nothing wrong with a stock host, and makes accounts of this proxy's systems alone", () => {
    const { problems, warnings, steps } = planned(madeFacts());
    expect(problems).toEqual([]);
    expect(warnings).toEqual([]);
    const names = steps.map(nameOf).join("\n");
    expect(names).toMatch(/useradd .* hula\n/);
    expect(names).not.toContain("elsewhere");
    expect(names).toContain("run systemctl enable --now warren-sessions.timer");
  });

  it("writes what names a file before the file that is named is missed: sshd's settings come last", () => {
    const names = planned(madeFacts()).steps.map(nameOf);
    const at = (part: string) => names.findIndex((name) => name.includes(part));
    expect(at("50-warren.conf")).toBeGreaterThan(at("blocked.krl"));
    expect(at("50-warren.conf")).toBeGreaterThan(at("useradd"));
    expect(at("sshd -t")).toBe(at("50-warren.conf") + 1);
    // visudo reads a draft: sudo-rs has no `-f -`.
    const draft = at("write /etc/warren/.sudoers ");
    expect(draft).toBeGreaterThan(0);
    expect(names.slice(draft + 1, draft + 4)).toEqual([
      "run visudo -c -f /etc/warren/.sudoers",
      "remove /etc/warren/.sudoers",
      "write /etc/sudoers.d/warren (root, 0440)",
    ]);
    // A unit of which sshd never hears would be left where the checks fail.
    expect(at("ssh.service.d/50-warren.conf")).toBeGreaterThan(at("check sshd's settings for warren-sync"));
    expect(names.at(-1)).toBe("run systemctl try-restart ssh.service");
  });

  const accounts = (...lines: string[]) => ({ passwd: lines.join("\n"), group: "warren:x:990:\n" });
  it.each<[string, Partial<HostFacts>]>([
    [
      "sudo, visudo is not there",
      { programs: new Set(["sshd", "ssh-keygen", "useradd", "getent", "pkill"]) },
    ],
    ["sshd has UsePAM no", { sshd: { ...madeFacts().sshd, settings: { ok: true, text: "usepam no\n" } } }],
    [
      "sshd -T fails: /etc/ssh/x: bad",
      { sshd: { ...madeFacts().sshd, settings: { ok: false, says: "/etc/ssh/x: bad" } } },
    ],
    [
      "sshd has AllowGroups staff",
      { sshd: { ...madeFacts().sshd, settings: { ok: true, text: "usepam yes\nallowgroups staff\n" } } },
    ],
    [
      "doesn't include",
      { sshd: { ...madeFacts().sshd, config: [{ path: "/etc/ssh/sshd_config", text: "" }] } },
    ],
    [
      "/opt can be written by everyone",
      { node: { path: "/opt/node", version: "20.0.0", writable: ["/opt"], strangers: [] } },
    ],
    ["account hula was not made by Warren: its shell", accounts("hula:x:1:990:Warren system:/:/bin/sh")],
    [
      "account hula was not made by Warren: its group",
      accounts("hula:x:1:5:Warren system:/:/etc/warren/serve"),
    ],
    ["account hula was not made by Warren: its comment", accounts("hula:x:1:990:Bob:/:/etc/warren/serve")],
    ["account warren-sync was not made by Warren", accounts("warren-sync:x:1:5:Bob:/:/bin/sh")],
    ["account eve is in group warren", accounts("eve:x:1:990:Eve:/:/bin/sh")],
    [
      "names keys: an empty one would let them in",
      {
        files: new Map([
          ...madeFacts().files,
          ["/etc/warren/blocked", { text: "SHA256:x\n", mode: 0o644, roots: true }],
        ]),
      },
    ],
  ])("refuses where %s", (problem, more) => {
    expect(says(planned(madeFacts(more)).problems)).toContain(problem);
  });

  it.each([
    ["pam_oath.so usersfile=/etc/warren/oath window=20", "PAM has no pam_oath.so"],
    ["pam_exec.so\nauth sufficient pam_permit.so", "is not understood"],
    ["[default=ok] pam_exec.so", "is not understood"],
  ])("refuses %j as the module for one-time passwords", (oneTimePasswords, problem) => {
    expect(says(planned(madeFacts(), { oneTimePasswords }).problems)).toContain(problem);
  });

  it("wants a sync key, the first time", () => {
    expect(says(planned(madeFacts(), { syncKeys: [] }).problems)).toBe("no sync key is known yet");
  });

  it("warns where the kernel gives a device's port to somebody else, and keeps what is reserved already", () => {
    const facts = madeFacts({ localPorts: "32768 61099", reservedPorts: "8080,61000-61009\n" });
    const [warning] = planned(facts).warnings;
    expect(warning?.says).toBe("ip_local_port_range 32768-61099 overlaps the ports of hula: 61000-61099");
    expect(warning?.hint).toContain("ip_local_reserved_ports = 8080,61000-61009,61000-61099'");
    expect(planned({ ...facts, reservedPorts: "61000-61049,61050-61099" }).warnings).toEqual([]);
  });

  it("warns where realm.yaml pins no spare host key, or not the host's own", () => {
    const { proxies } = madeRealm([]);
    const [eu] = proxies;
    if (eu === undefined) throw new Error("no proxy");
    const own = planned(madeFacts(), { proxy: { ...eu, hostKeys: [key("host")] } }).warnings;
    expect(says(own)).toContain("pins no spare");
    const spare = planned(madeFacts(), { proxy: { ...eu, hostKeys: [key("spare")] } }).warnings;
    expect(spare).toEqual([
      {
        says: "proxies.eu.hostKeys in realm.yaml holds no key of this host: no computer would connect",
        hint: `add the line: - ${ownKey}`,
      },
    ]);
  });

  it("warns of an old Node, and of one that root doesn't own", () => {
    const node = { path: "/home/bob/node", version: "16.2.0", writable: [], strangers: ["/home/bob"] };
    expect(says(planned(madeFacts({ node })).warnings)).toMatch(
      /is Node 16.2.0; 18 or later.*\n.*is not root's/,
    );
  });
});

describe("planRemoval", () => {
  it("has nothing to do on a host that was never prepared", () => {
    expect(planRemoval(madeFacts())).toEqual({ problems: [], warnings: [], steps: [] });
  });

  const record = {
    format: 1,
    realm: "atlas",
    proxy: "eu",
    syncUser: "warren-sync",
    node: "/usr/bin/node",
    group: "made",
    services: false,
    oneTimePasswords: "",
    sums: {},
  };
  const prepared = (more: Partial<HostFacts>, group = "made") =>
    madeFacts({
      files: new Map([
        ["/etc/warren/host.json", { text: JSON.stringify({ ...record, group }), mode: 0o644, roots: true }],
      ]),
      ours: ["host.json", "serve"],
      group: "warren:x:990:\n",
      passwd:
        "hula:x:101:990:Warren system:/etc/warren:/etc/warren/serve\nbob:x:1000:1000:Bob:/home/bob:/bin/sh",
      ...more,
    });

  it("takes the accounts that Warren made, and no others", () => {
    const names = planRemoval(prepared({})).steps.map(nameOf);
    expect(names.filter((name) => name.includes("userdel"))).toEqual(["run userdel hula"]);
    expect(names).toContain("run groupdel warren");
    expect(names.at(-1)).toBe("remove /etc/warren");
  });

  it("leaves a group that stood before, and files that are not Warren's", () => {
    const { steps, warnings } = planRemoval(prepared({ ours: ["host.json", "oath", "serve"] }, "found"));
    const names = steps.map(nameOf);
    expect(names.join()).not.toContain("groupdel");
    expect(names.slice(-2)).toEqual(["remove /etc/warren/serve", "remove /etc/warren/host.json"]);
    expect(says(warnings)).toContain("/etc/warren stays: oath in it is not Warren's");
  });
});
