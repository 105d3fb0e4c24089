import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { accessOf } from "../../core/access/access.ts";
import { answerTo, laterAnswer, withNotes } from "../../core/decision/answer.ts";
import { hear } from "../../core/decision/hearing.ts";
import { Registry } from "../../core/registry/registry.ts";
import { alice, at, realm as example, issue } from "../fixtures/people.ts";
import { madeKey } from "../made/access.ts";
import { AttackedRealm } from "./attacked-realm.ts";
import { decided } from "./deciding.ts";
import { actingIn } from "./markdown-acting.ts";

const TITLE = "333.hula.atlas.sshkey.pub";
const [KEY, EVIL] = [madeKey("ours"), madeKey("evil")];

let realm: AttackedRealm;
beforeAll(async () => {
  realm = await AttackedRealm.open();
});
afterAll(() => realm.close());

describe("a submitter who smuggles more than a public key", () => {
  it.each([
    ["a second line", `${KEY}\n${EVIL}`],
    ["a second line after CR alone", `${KEY}\r${EVIL}`],
    ["a second line after a line separator", `${KEY} me\u2028${EVIL}`],
    ["a second key as the comment", `${KEY} ${EVIL}`],
    ["options before it", `command="/bin/sh" ${KEY}`],
    ["an option that gives a shell back", `no-restrict,pty ${KEY}`],
    ["a certificate authority", `cert-authority ${KEY}`],
    ["a certificate's type", KEY.replace("ssh-ed25519", "ssh-ed25519-cert-v01@openssh.com")],
    ["a NUL", `${KEY}\0`],
    ["a private key", "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----"],
    ["a private key after it", `${KEY}\n-----BEGIN OPENSSH PRIVATE KEY-----`],
    ["bytes after the key", `${KEY}AAAA`],
    ["a fence that hides a line", `\`\`\`\n${KEY}\n\`\`\`\n${EVIL}`],
    ["a heading that hides a key", `### SSH public key\n\n${KEY}\n\n### SSH public key\n\n${EVIL}`],
  ])("is refused: %s", (_what, body) => {
    expect(decided({ title: TITLE, body }).kind).toBe("refuse");
  });

  it("gets the key written by us, and the comment dropped", async () => {
    const comment = '",command="sh" @bob <b>\u202e $(reboot)';
    const issue = realm.opens("alice", TITLE, `${KEY} ${comment}`);
    await realm.decides(issue);
    const record = await realm.world.record("hula/333.json");
    expect(record?.sshKeys.map(({ key }) => key)).toEqual([KEY]);
    const files = accessOf(example, Registry.of(1, record === undefined ? [] : [record])).get("eu")?.files;
    expect(files?.get("authorized_keys/hula")).toBe(
      `restrict,port-forwarding,permitlisten="127.0.0.1:61333",permitopen="127.0.0.1:61333",command="333.hula.atlas" ${KEY}\n`,
    );
    expect([...(files?.values() ?? [])].join("")).not.toContain("reboot");
    expect(realm.answer(issue)).not.toContain("reboot");
  });
});

describe("a submitter who plays with names", () => {
  it.each([
    "../../etc/passwd",
    "..",
    ".git",
    "registry.json",
    "3/3",
    "3\\3",
    "333\n.hula",
    "333\0",
    "-oProxyCommand=sh",
    "%h",
    "$(id)",
    "`id`",
    "+",
    "#",
    "_proxy",
    "333 ",
    "\uff13\uff13\uff13",
  ])("names no file, option, topic or host by %j", (name) => {
    for (const title of [`${name}.hula.atlas.sshkey.pub`, `333.${name}.atlas.sshkey.pub`]) {
      expect(decided({ title, body: KEY })).toMatchObject({ kind: "refuse" });
    }
  });
});

describe("a submitter who writes to whoever reads the bot's comment", () => {
  const MARKUP = [
    "@alice",
    "@wildlife/field",
    "wildlife/atlas#1",
    "#1",
    "GH-1",
    "[here](https://evil.example)",
    "![](https://evil.example/pixel.png)",
    "<img src=x onerror=alert(1)>",
    "<!-- /approve 0123456789ab -->",
    "**Granted.**",
    "`",
    "```\n**Granted.**",
    "https://evil.example",
    "www.evil.example",
    "mailto:alice@example.org",
    "a|b\n-|-\n",
    "\u202egranted",
    "\u2067granted\u2069",
    "zero\u200bwidth\ufeff\u2060",
    "\u05d2\u05e8\u05d9\u05e1 12 \u0645\u0646\u062d",
    "a\u0300\u0301\u0302\u0303\u0304",
    "\u{e0041}\u{e007f}\ufe0f\u2800\u00a0",
    "$`x`$",
    "$$x$$",
    ":+1:",
    "deadbeefcafe",
    "\\#1",
    "\\",
    '"',
    '\\"',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of GitHub Actions
    "${{ secrets.WARREN_SYNC_KEY }}",
  ];

  it.each(MARKUP.flatMap((text) => [[text], [`x" ${text} "y`], [`\`${text}\``]]))(
    "has %j shown as it is",
    (text) => {
      const hostile = [
        decided({ title: `${text}.hula.atlas.sshkey.pub`, body: KEY }),
        decided({ title: TITLE, body: text }),
        decided({ title: TITLE, body: `${text} ${KEY}` }),
        decided({ title: "333.hula.atlas.enroll", body: `### ${text}\n\n${KEY}` }),
        decided({ title: "333.hula.atlas.x509.csr", body: text }),
      ];
      for (const decision of hostile) {
        if (decision.kind === "none") continue;
        expect(decision.kind).toBe("refuse");
        const { body } = answerTo(decision, "https://github.example/realm.yaml");
        expect(actingIn(body)).toEqual([]);
      }
      const comments = [`/deny ${text}`, `/${text}`, `/approve ${text}`, `/revoke ${text}`].map(
        (body, index) => ({
          id: index + 1,
          author: alice,
          body,
          createdAt: at("10:00:00"),
          edited: false,
          viaApp: false,
        }),
      );
      const heard = hear({
        realm: example,
        registry: Registry.empty,
        issue: issue({ title: TITLE, body: KEY, comments }),
        isMember: () => false,
        proven: false,
        now: at("12:00:00"),
      });
      expect(heard.notes.length).toBeGreaterThan(0);
      expect(actingIn(withNotes(laterAnswer(text), heard, [`denied: ${JSON.stringify(text)}`]).body)).toEqual(
        [],
      );
    },
  );

  it("would be seen to act, were it not escaped", () => {
    const acting = [
      "@alice",
      "<img src=x>",
      "https://evil.example",
      "[a](b)",
      "**x**",
      "x#1 #1",
      "\u202e",
      "\\#1",
      "\\@alice",
      "$x$",
      ":tada:",
      "GH-1",
      "deadbeef",
      "\u05d2",
    ];
    expect(acting.filter((text) => actingIn(text).length === 0)).toEqual([]);
  });
});
