import { describe, expect, it } from "@jest/globals";
import { answerTo } from "../../../core/decision/answer.ts";
import { decide } from "../../../core/decision/decide.ts";
import { doneAnswer } from "../../../core/decision/done-answer.ts";
import { parseComputerId } from "../../../core/names.ts";
import type { ComputerRecord, Evidence } from "../../../core/registry/record.ts";
import { Registry } from "../../../core/registry/registry.ts";
import type { Issue } from "../../../core/submission/issue.ts";
import { alice, at, bob, issue, KEYS, mallory, realm } from "../../fixtures/people.ts";

const link = "https://forge.example/realm.yaml";
const answerOf = (more: Partial<Issue>): string => {
  const decision = decide({
    realm,
    registry: Registry.empty,
    issue: issue(more),
    isMember: () => false,
    proven: false,
    now: at("12:00:00"),
  });
  if (decision.kind === "none") throw new Error("no submission");
  return answerTo(decision, link).body;
};

const idOf = (text: string) => {
  const read = parseComputerId(text);
  if (!read.ok) throw new Error(read.problem);
  return read.value;
};

const evidence: Evidence = {
  issue: 7,
  digest: `sha256:${"0".repeat(64)}`,
  submitter: alice,
  approvers: [bob],
  rule: "systems.hula.trust[0]",
  realmCommit: "0".repeat(40),
  at: at("10:00:00"),
};
const record = (id: string, more: Partial<ComputerRecord> = {}): ComputerRecord => ({
  format: 1,
  id: idOf(id),
  sequence: 1,
  sshKeys: [{ key: KEYS[0], fingerprint: "SHA256:one" as never, evidence }],
  hostKeys: [],
  certificates: [],
  refused: [],
  history: [],
  ...more,
});

describe("the bot's answer", () => {
  it("to a refused submission says why, with the line of realm.yaml, and what comes of an edit", () => {
    const body = answerOf({ author: mallory });
    expect(body).toMatch(/^\*\*Refused\.\*\* /);
    expect(body).toMatch(/\(\[`systems\.hula\.trust`\]\(https:\/\/forge\.example\/realm\.yaml#L\d+\)\)/);
    expect(body).toMatch(/^- `ssh-ed25519` \(256 bits\) `SHA256:/m);
    expect(body).toContain("edited: then it is decided again at once");
  });

  it("to one that waits says who may approve, and the exact words", () => {
    const body = answerOf({ title: "controller1.hula.atlas.sshkey.pub" });
    expect(body).toMatch(/^\*\*Waiting for an admin\.\*\*/);
    expect(body).toMatch(
      /`bob` lets it in by a comment with exactly these words:\n\n```\n\/approve [0-9a-f]{12}\n```\n/,
    );
    expect(body).not.toContain("Approved so far");
  });

  it("to one that was carried out gives what came in, the port and the line to type", () => {
    const certificate = {
      certificate: "c".repeat(64),
      arn: "arn",
      pem: "",
      csrSha256: "1",
      keySha256: "2",
      evidence,
    } as never;
    const device = record("333.hula.atlas", { port: 61333, certificates: [certificate] });
    expect(doneAnswer(device, evidence, realm, link).body.split("\n\n")).toEqual([
      "**Granted.** `333.hula.atlas` is enrolled.",
      expect.stringMatching(
        /^- alice \(583231\) enrolled it, approved by bob \(583232\) \(\[`systems.*#L\d+\)\)$/,
      ),
      `- SSH key \`SHA256:one\`\n- certificate \`${"c".repeat(64)}\`, active\n- port 61333 on the proxy`,
      "**What happens next.** The next sync tells the proxy (`tunnels.example.org`), most often within minutes. Then controllers reach it by:",
      "```\nssh atlas@333.hula.atlas\n```",
    ]);
  });

  it("tells a controller how to look around, and later parts of a computer no port they don't have", () => {
    const body = doneAnswer(record("controller1.hula.atlas"), evidence, realm, link).body;
    expect(body).toContain("Then `warren list` on this computer");
    expect(body).not.toContain("port");
  });
});
