import { describe, expect, it } from "@jest/globals";
import { denied, revoked } from "../../../core/decision/acts.ts";
import { hear } from "../../../core/decision/hearing.ts";
import type { ComputerRecord } from "../../../core/registry/record.ts";
import { Registry } from "../../../core/registry/registry.ts";
import type { Comment, Issue } from "../../../core/submission/issue.ts";
import { alice, at, bob, issue, mallory, realm } from "../../fixtures/people.ts";
import { accepted, madeKey, madeRecord } from "../../made/access.ts";

let next = 100;
const comment = (author: Comment["author"], body: string, more: Partial<Comment> = {}): Comment => ({
  id: next++,
  author,
  body,
  createdAt: at("11:00:00"),
  edited: false,
  viaApp: false,
  ...more,
});

const heard = (given: Issue, ...records: ComputerRecord[]) =>
  hear({
    realm,
    registry: Registry.of(1, records),
    issue: given,
    isMember: () => false,
    proven: false,
    now: at("12:00:00"),
  });

const letIn = (computer: string, when: string, number = 1): ComputerRecord => {
  const key = accepted(madeKey(computer));
  const evidence = { ...key.evidence, issue: number, submitter: alice, at: at(when) };
  return madeRecord(`${computer}.hula.atlas`, { sshKeys: [{ ...key, evidence }] });
};

describe("hear", () => {
  it("takes talk for talk", () => {
    const given = issue({ comments: [comment(alice, "how are you?"), comment(bob, "please /revoke it")] });
    expect(heard(given)).toEqual({ act: undefined, notes: [], explain: false });
  });

  it("carries out the first command that is still open, in the order of the comments", () => {
    const comments = [
      comment(mallory, "/revoke mine"),
      comment(bob, "/revoke first"),
      comment(alice, "/revoke second"),
    ];
    const { act, notes } = heard(issue({ comments }), letIn("333", "10:00:00"));
    expect(act).toMatchObject({ kind: "revoke", reason: "first", by: bob, comment: comments[1]?.id });
    expect(notes.map(({ counted }) => counted)).toEqual([false, true, true]);
  });

  it("lets whoever enrolled a computer revoke it, also without being an admin", () => {
    const key = accepted(madeKey("333"));
    const record = madeRecord("333.hula.atlas", {
      sshKeys: [{ ...key, evidence: { ...key.evidence, submitter: mallory } }],
    });
    expect(heard(issue({ comments: [comment(mallory, "/revoke lost")] }), record).act?.by).toEqual(mallory);
  });

  it("doesn't revoke again what was revoked after the comment and then let in again", () => {
    const given = issue({ comments: [comment(alice, "/revoke lost")] });
    const gone = revoked(letIn("333", "10:00:00"), { reason: "lost", issue: 9, by: bob, at: at("11:00:01") });
    const back = { ...letIn("333", "11:30:00", 12), history: gone.history };
    expect(heard(given, back)).toMatchObject({ act: undefined, notes: [{ counted: false }] });
  });

  it("doesn't revoke what later issues let in after the comment", () => {
    const given = issue({ comments: [comment(alice, "/revoke lost")] });
    expect(heard(given, letIn("333", "11:30:00", 2)).act).toBeUndefined();
    expect(heard(given, letIn("333", "10:30:00", 2)).act?.kind).toBe("revoke");
    expect(heard(given, letIn("333", "11:30:00", 1)).act?.kind).toBe("revoke");
  });

  it.each([
    ["edited", { edited: true }, "was edited"],
    ["made through an app", { viaApp: true }, "through an app"],
    ["of an account that is gone", { author: null }, "is gone"],
  ])("does nothing by a comment %s", (_, more, says) => {
    const given = issue({ comments: [comment(alice, "/revoke lost", more)] });
    const { act, notes } = heard(given, letIn("333", "10:00:00"));
    expect(act).toBeUndefined();
    expect(notes[0]?.says).toContain(says);
  });

  it("keeps what it did, whatever became of the comment since", () => {
    const done = comment(alice, "/deny no", { edited: true });
    const given = issue({ comments: [done] });
    const denial = {
      kind: "deny",
      issue: 1,
      comment: done.id,
      digest: `sha256:${"0".repeat(64)}`,
      reason: "no",
      by: alice,
      at: at("11:30:00"),
    } as const;
    const record = denied(undefined, letIn("333", "10:00:00").id, denial);
    expect(heard(given, record).notes).toMatchObject([{ counted: true, says: "denied the text" }]);
  });

  it("does nothing where the text names no computer of this realm", () => {
    const command = [comment(alice, "/revoke lost")];
    for (const title of ["333.sea.atlas.sshkey.pub", "333.hula.other.sshkey.pub", "x y.sshkey.pub"]) {
      expect(heard(issue({ title, comments: command })).act).toBeUndefined();
    }
  });

  it("revokes also by a comment on an issue whose body can't be understood", () => {
    const given = issue({ body: "no key", comments: [comment(alice, "/revoke lost")] });
    expect(heard(given, letIn("333", "10:00:00")).act?.kind).toBe("revoke");
  });

  it("explains to anyone who asks, unless they edited the asking", () => {
    expect(heard(issue({ comments: [comment(mallory, "/explain")] })).explain).toBe(true);
    expect(heard(issue({ comments: [comment(mallory, "/explain", { edited: true })] })).explain).toBe(false);
  });
});
