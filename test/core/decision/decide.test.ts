import { describe, expect, it } from "@jest/globals";
import { revoked } from "../../../core/decision/acts.ts";
import { shortDigest } from "../../../core/decision/approvals.ts";
import { decide } from "../../../core/decision/decide.ts";
import type { Decision } from "../../../core/decision/decision.ts";
import { Registry } from "../../../core/registry/registry.ts";
import type { Comment, Issue } from "../../../core/submission/issue.ts";
import { alice, at, bob, issue, KEYS, mallory, realm } from "../../fixtures/people.ts";
import { accepted, madeKey, madeRecord } from "../../made/access.ts";

const on = (
  given: Issue,
  registry = Registry.empty,
  isMember = (_: unknown, __: string) => false,
): Decision => decide({ realm, registry, issue: given, isMember, proven: false, now: at("12:00:00") });

const comment = (author: Comment["author"], body: string, more: Partial<Comment> = {}): Comment => ({
  id: 1,
  author,
  body,
  createdAt: at("11:00:00"),
  edited: false,
  viaApp: false,
  ...more,
});

const asked = issue({ title: "controller-laptop.hula.atlas.sshkey.pub", author: bob });
const digest = (() => {
  const decision = on(asked);
  return decision.kind === "ask" ? decision.digest : "";
})();
const approve = `/approve ${shortDigest(digest)}`;

describe("decide", () => {
  it("grants what a rule grants, and names its line of realm.yaml", () => {
    const decision = on(issue({ author: alice }));
    expect(decision).toMatchObject({
      kind: "grant",
      because: [
        {
          rule: "systems.hula.trust[0]",
          at: { file: "realm.yaml" },
          says: "alice (583231) may enrol devices in hula",
        },
      ],
      keys: [{ type: "ssh-ed25519", bits: 256 }],
    });
  });

  it("leaves an issue alone whose title is no submission's", () => {
    expect(on(issue({ title: "my receiver is broken" }))).toEqual({ kind: "none" });
  });

  it("refuses a stranger, and says why each rule passed them over", () => {
    const decision = on(issue({ author: mallory }));
    expect(decision).toMatchObject({ kind: "refuse", because: { length: 4 } });
    expect(decision.kind === "refuse" && decision.because.map(({ rule }) => rule)).toEqual([
      "systems.hula.trust",
      "systems.hula.trust[0]",
      "systems.hula.trust[1]",
      "systems.hula.trust[2]",
    ]);
  });

  it("refuses a namesake: the id decides, the login is for display", () => {
    expect(on(issue({ author: { ...alice, id: 999 } })).kind).toBe("refuse");
    expect(on(issue({ author: { ...alice, login: "renamed" } })).kind).toBe("grant");
  });

  it("asks for a controller, and names who may approve: never its submitter", () => {
    expect(on(asked)).toMatchObject({
      kind: "ask",
      approvers: [{ login: "alice" }],
      approvals: { needed: 1, given: [] },
    });
  });

  it("grants once an admin approved exactly this text", () => {
    expect(on({ ...asked, comments: [comment(alice, approve)] })).toMatchObject({
      kind: "grant",
      approvedBy: [{ login: "alice" }],
    });
  });

  it.each([
    ["the submitter's own", comment(bob, approve)],
    ["a stranger's", comment(mallory, approve)],
    ["an edited one", comment(alice, approve, { edited: true })],
    ["one through an app", comment(alice, approve, { viaApp: true })],
    ["one of an account that is gone", comment(null, approve)],
    ["one of another text", comment(alice, "/approve 000000000000")],
    ["a bare one", comment(alice, "/approve")],
    ["one that talks about it", comment(alice, `please ${approve}`)],
  ])("goes on asking with this approval: %s", (_, given) => {
    expect(on({ ...asked, comments: [given] }).kind).toBe("ask");
  });

  it("starts over when the text was edited after the approval, even back to the same", () => {
    const edits = [{ what: "body" as const, editor: bob, at: at("11:00:00") }];
    const edited: Issue = {
      ...asked,
      history: { kind: "known", edits },
      comments: [comment(alice, approve)],
    };
    expect(on(edited).kind).toBe("ask");
    expect(on({ ...edited, comments: [comment(alice, approve, { createdAt: at("11:00:01") })] }).kind).toBe(
      "grant",
    );
  });

  it("judges whoever edited the text like its author", () => {
    const edits = [{ what: "title" as const, editor: mallory, at: at("10:00:00") }];
    expect(on(issue({ author: alice, history: { kind: "known", edits } })).kind).toBe("refuse");
    const ghost = [{ what: "body" as const, editor: null, at: at("10:00:00") }];
    expect(on(issue({ author: alice, history: { kind: "known", edits: ghost } })).kind).toBe("refuse");
  });

  it("takes an editor out of those who may approve", () => {
    const edits = [{ what: "body" as const, editor: alice, at: at("10:00:00") }];
    const edited: Issue = {
      ...asked,
      history: { kind: "known", edits },
      comments: [comment(alice, approve)],
    };
    expect(on(edited)).toMatchObject({ kind: "ask", approvers: [] });
  });

  it("refuses issues made through an app, and issues of nobody", () => {
    expect(on(issue({ author: alice, viaApp: true })).kind).toBe("refuse");
    expect(on(issue({ author: null })).kind).toBe("refuse");
  });

  it("counts teams as they are told", () => {
    const field = on(
      issue({ author: mallory }),
      Registry.empty,
      (account, team) => account === mallory && team === "wildlife/field",
    );
    expect(field).toMatchObject({ kind: "ask", approvers: [{ login: "bob" }, { login: "alice" }] });
    expect(field.kind === "ask" && field.because[0].rule).toBe("systems.hula.trust[2]");
  });

  it("refuses other realms, systems and repositories", () => {
    expect(on(issue({ title: "333.hula.other.sshkey.pub" }))).toMatchObject({
      kind: "refuse",
      because: [{ rule: "realm" }],
    });
    expect(on(issue({ title: "333.sea.atlas.sshkey.pub" }))).toMatchObject({
      kind: "refuse",
      because: [{ rule: "systems" }],
    });
    const bound = { ...realm, repository: { ...realm.repository, id: 7 } };
    const decision = decide({
      realm: bound,
      registry: Registry.empty,
      issue: issue({ repositoryId: 8 }),
      isMember: () => false,
      proven: false,
      now: at("12:00:00"),
    });
    expect(decision).toMatchObject({ kind: "refuse", because: [{ rule: "repository" }] });
  });

  it("grants nothing new while the realm is frozen", () => {
    const frozen = { ...realm, freeze: true };
    const decision = decide({
      realm: frozen,
      registry: Registry.empty,
      issue: issue(),
      isMember: () => false,
      proven: false,
      now: at("12:00:00"),
    });
    expect(decision).toMatchObject({ kind: "refuse", because: [{ rule: "freeze" }] });
  });

  it("refuses a device whose number has no port", () => {
    expect(on(issue({ title: "4000.hula.atlas.sshkey.pub" }))).toMatchObject({
      kind: "refuse",
      because: [{ rule: "systems.hula.ports" }],
    });
  });

  it("says so when no edit history was given", () => {
    const decision = on(issue({ history: { kind: "unknown" } }));
    expect(decision.kind === "grant" && decision.because.some(({ rule }) => rule === "issue.history")).toBe(
      true,
    );
  });

  it("refuses a body that holds two keys", () => {
    expect(on(issue({ body: `${KEYS[0]}\n${KEYS[1]}` }))).toMatchObject({
      kind: "refuse",
      because: [{ rule: "submission.text" }],
    });
  });
});

describe("a refusal", () => {
  it.each([
    ["no rule", issue({ author: mallory }), "an admin can add a rule for mallory (666)"],
    ["an app's hand", issue({ viaApp: true }), "open it by hand"],
    ["host keys that come first", issue({ title: "333.hula.atlas.hostkey.pub" }), "enrol its SSH key first"],
  ])("says what would mend it: %s", (_, given, fix) => {
    const decision = on(given);
    expect(decision.kind === "refuse" && decision.because[0].fix).toContain(fix);
  });
});

describe("a key that was revoked", () => {
  const hostKey = madeKey("host");
  const lost = { ...madeRecord("334.hula.atlas"), hostKeys: [accepted(hostKey)] };
  const registry = Registry.of(2, [
    revoked(lost, { reason: "lost", issue: 4, by: bob, at: at("09:30:00") }),
    madeRecord("333.hula.atlas"),
  ]);

  it.each([
    ["a host's own", "hostkey", hostKey, "ssh-keygen -A"],
    ["a computer's", "sshkey", lost.sshKeys[0]?.key ?? "", "warren enroll, or ssh-keygen -t ed25519"],
  ])("is mended where it is made: %s", (_what, kind, body, fix) => {
    const decision = on(issue({ title: `333.hula.atlas.${kind}.pub`, body }), registry);
    expect(decision).toMatchObject({ kind: "refuse", because: [{ rule: "keys.revoked" }] });
    expect(decision.kind === "refuse" && decision.because[0].fix).toContain(fix);
  });
});

describe("a .revoke issue", () => {
  const asked = issue({ title: "333.hula.atlas.revoke", body: "lost", number: 5 });
  const held = (when: string, number: number) => {
    const record = madeRecord("333.hula.atlas");
    const sshKeys = record.sshKeys.map((key) => ({
      ...key,
      evidence: { ...key.evidence, issue: number, submitter: alice, at: at(when) },
    }));
    return { ...record, sshKeys };
  };
  const revocation = { reason: "lost", issue: 4, by: bob, at: at("09:30:00") };

  it("is granted to whoever enrolled the computer, and to admins, and to nobody else", () => {
    const registry = Registry.of(1, [held("08:00:00", 3)]);
    expect(on(asked, registry).kind).toBe("grant");
    expect(on({ ...asked, author: bob }, registry).kind).toBe("grant");
    expect(on({ ...asked, author: mallory }, registry).kind).toBe("refuse");
  });

  it("speaks of nothing that later issues let in: a sweep that reads it again revokes nobody", () => {
    const decision = on(asked, Registry.of(1, [held("10:00:00", 6)]));
    expect(decision).toMatchObject({ kind: "refuse", because: [{ rule: "revoke" }] });
  });

  it("is spent where the computer was revoked after it by another, and let in again", () => {
    const { history } = revoked(held("08:00:00", 3), revocation);
    expect(on(asked, Registry.of(1, [{ ...held("08:00:00", 3), history }])).kind).toBe("refuse");
  });
});
