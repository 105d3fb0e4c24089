import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { parseSystemName } from "../../core/names.ts";
import { readRealm } from "../../core/realm/realm.ts";
import { madeKey } from "../made/access.ts";
import { decided } from "./deciding.ts";

const text = readFileSync(new URL("../../realm.yaml", import.meta.url), "utf8");
/** base-passwd's users and groups of Debian 12, and what servers and cloud images add. */
const ACCOUNTS =
  "root daemon bin sys sync games man lp mail news uucp proxy www-data backup list irc nobody _apt systemd-network systemd-timesync messagebus sshd polkitd adm tty disk kmem dialout sudo docker shadow staff users nogroup crontab ssh netdev ubuntu debian ec2-user admin postgres mysql redis git nginx warren warren-sync";

describe("a system named like an account that exists", () => {
  it.each(ACCOUNTS.split(" "))("%s is no system's name, in realm.yaml or a title", (name) => {
    expect(parseSystemName(name).ok).toBe(false);
    expect(readRealm(text.replace("\n  tern:", `\n  ${name}:`), "realm.yaml").ok).toBe(false);
    expect(decided({ title: `333.${name}.atlas.sshkey.pub`, body: madeKey("x") }).kind).toBe("refuse");
  });

  it.each([
    "Root",
    "root ",
    "root\n",
    "..",
    "-rf",
    "1000",
    "r\u043eot",
    "a".repeat(32),
    "hula/tern",
    "hula$",
  ])("%j is none either", (name) => {
    expect(parseSystemName(name).ok).toBe(false);
  });

  it("leaves honest names alone", () => {
    expect(parseSystemName("tern").ok && parseSystemName("a-survey-boat2").ok).toBe(true);
    expect(readRealm(text.replace("\n  tern:", "\n  rooted:"), "realm.yaml").ok).toBe(true);
  });
});
