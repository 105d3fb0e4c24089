import { describe, expect, it } from "@jest/globals";
import { parseSshPublicKey } from "../../../core/keys/ssh-key.ts";
import type { HeldFile, HostFacts } from "../../../core/proxy-host/facts.ts";
import { accountsToAsk, type DriftFacts, hostFindings } from "../../../core/proxy-host/findings.ts";
import { planPreparation } from "../../../core/proxy-host/prepare.ts";
import { groupSettings, syncSettings } from "../../../core/proxy-host/sshd.ts";
import type { Settings } from "../../../core/proxy-host/steps.ts";
import { good, madeKey, madeRealm, madeSystem } from "../../made/access.ts";
import { madeFacts } from "./made-facts.ts";

const PAM = "/etc/pam.d/sshd";
const HULA = "hula:x:101:990:Warren system:/etc/warren:/etc/warren/serve";
const said = (settings: Settings) => ({
  ok: true as const,
  text: settings.map(([keyword, value]) => `${keyword.toLowerCase()} ${value}\n`).join(""),
});

/** The host as `prepare` leaves it. */
function prepared(
  systemd: HostFacts["systemd"] = "running",
): DriftFacts & { readonly files: Map<string, HeldFile> } {
  const pam = { text: "auth required pam_unix.so\n", mode: 0o644, roots: true };
  const facts = madeFacts({ files: new Map([[PAM, pam]]), systemd });
  const realm = madeRealm([madeSystem("hula")]);
  const [proxy] = realm.proxies;
  if (proxy === undefined) throw new Error("no proxy");
  const carried = { serve: "serve\n", session: "session\n", device: "device\n", program: "program\n" };
  const syncKeys = [good(parseSshPublicKey(madeKey("sync")))];
  const { steps } = planPreparation(facts, { realm, proxy, syncKeys, services: undefined, carried });
  const files = new Map(facts.files);
  for (const step of steps) {
    if (step.kind === "file") files.set(step.path, { text: step.text, mode: step.mode, roots: true });
  }
  const wish = { syncUser: "warren-sync", node: "/usr/bin/node", penalties: [] };
  return {
    files,
    passwd: HULA,
    group: "warren:x:990:\n",
    config: [],
    effective: new Map([
      ["hula", said(groupSettings({}))],
      ["warren-sync", said(syncSettings(wish))],
    ]),
  };
}

describe("hostFindings", () => {
  it("finds nothing on a host as `prepare` leaves it", () => {
    expect(hostFindings(prepared())).toEqual([]);
    expect(hostFindings(prepared("absent"))).toEqual([]);
    expect(accountsToAsk(prepared())).toEqual(["hula", "warren-sync"]);
  });

  it.each<[string, string, Partial<HeldFile>]>([
    ["the drop-in changed", "/etc/ssh/sshd_config.d/50-warren.conf", { text: "Match all\n" }],
    ["PAM's block changed", PAM, { text: "auth required pam_unix.so\n" }],
    ["sudo's rule changed", "/etc/sudoers.d/warren", { text: "warren-sync ALL=(ALL) NOPASSWD: ALL\n" }],
    ["the accounts' shell changed", "/etc/warren/serve", { text: "#!/bin/sh\nexec sh\n" }],
    ["the timer changed", "/etc/systemd/system/warren-sessions.timer", { text: "[Timer]\n" }],
    ["sshd's unit changed", "/etc/systemd/system/ssh.service.d/50-warren.conf", { text: "[Service]\n" }],
    ["another sync key", "/etc/warren/sync_keys", { text: `${madeKey("sync")}\n${madeKey("eve")}\n` }],
  ])("tells %s", (_, path, change) => {
    const facts = prepared();
    const held = facts.files.get(path) ?? { text: "", mode: 0o644, roots: true };
    facts.files.set(path, { ...held, ...change });
    expect(hostFindings(facts)).toEqual([`${path} is not as \`warren proxy prepare\` wrote it`]);
    facts.files.delete(path);
    expect(hostFindings(facts)).toEqual([`${path} is gone`]);
    facts.files.set(path, { ...held, mode: 0o666 });
    expect(hostFindings(facts)).toEqual([`${path} can be written by others than root`]);
  });

  it("tells a release's newer sshd, which has penalties that the drop-in knows nothing of", () => {
    const facts = prepared();
    const effective = new Map(
      [...facts.effective].map(([name, is]) => [
        name,
        is.ok ? { ...is, text: `${is.text}persourcepenalties crash:90 authfail:5 min:15\n` } : is,
      ]),
    );
    expect(hostFindings({ ...facts, effective })).toEqual([
      "/etc/ssh/sshd_config.d/50-warren.conf is not as `warren proxy prepare` wrote it",
    ]);
  });

  it("tells an account in the group that no system has, and sshd treating an account otherwise", () => {
    const facts = prepared();
    const passwd = `${HULA}\neve:x:1000:990:Eve:/home/eve:/bin/sh`;
    const open = groupSettings({}).map(
      ([keyword, value]) => [keyword, keyword === "PermitTTY" ? "yes" : value] as const,
    );
    const effective = new Map([...facts.effective, ["hula", said(open)] as const]);
    expect(hostFindings({ ...facts, passwd, effective })).toEqual([
      "account eve is in group warren and no system's",
      `sshd's PermitTTY for hula is "yes"; "no" is wanted; no other file sets it`,
    ]);
  });

  it("says so where nobody prepared the host", () => {
    expect(hostFindings({ ...prepared(), files: new Map() })).toHaveLength(1);
  });
});
