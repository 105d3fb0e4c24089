import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { type CertificateRequest, parseCertificateRequest } from "../../../core/keys/csr.ts";
import { type ComputerId, parseComputerId } from "../../../core/names.ts";
import { readSubmission, subjectProblem } from "../../../core/submission/submission.ts";
import { cpuTimeOf } from "../../made/cpu-time.ts";

const keys: readonly { line: string }[] = JSON.parse(
  readFileSync(new URL("../../fixtures/ssh-keys.json", import.meta.url), "utf8"),
);
const csrs: { honest: Record<string, string> } = JSON.parse(
  readFileSync(new URL("../../fixtures/csrs.json", import.meta.url), "utf8"),
);
const [first, second] = keys.map(({ line }) => line.split(" ", 2).join(" "));
const [ONE = "", TWO = ""] = [first, second];
const CSR = csrs.honest.p256 ?? "";
const ID = { computer: "333", system: "hula", realm: "atlas" };

const problemOf = (title: string, body: string): string => {
  const read = readSubmission(title, body);
  return read.kind === "unreadable" ? read.problem : `${read.kind}`;
};
const bodies = (content: string): [string, string][] => [
  ["raw", content],
  ["raw with CRLF and blanks", `\r\n${content.replaceAll("\n", " \r\n")}  \t\r\n\r\n`],
  ["fenced by backticks", `\`\`\`\n${content}\n\`\`\``],
  ["fenced with a tag", `\`\`\`ssh-pub key\n${content}\n\`\`\`\n`],
  ["fenced by tildes", `~~~~ text\n\n${content}\n\n~~~~~  \n\n`],
];

describe("readSubmission", () => {
  it.each(bodies(ONE))("reads an SSH key, %s", (_, body) => {
    expect(readSubmission("333.hula.atlas.sshkey.pub", body)).toMatchObject({
      kind: "read",
      submission: { kind: "sshkey", id: ID, key: { line: ONE } },
    });
  });

  it.each(bodies(CSR))("reads a signing request, %s", (_, body) => {
    expect(readSubmission("333.hula.atlas.x509.csr", body)).toMatchObject({
      kind: "read",
      submission: { kind: "csr", id: ID, csr: { pem: CSR } },
    });
  });

  it.each(bodies(`${ONE}\n${TWO} root@buoy`))("reads host keys, %s", (_, body) => {
    expect(readSubmission("333.hula.atlas.hostkey.pub", body)).toMatchObject({
      kind: "read",
      submission: { kind: "hostkey", id: ID, keys: [{ line: ONE }, { line: TWO }] },
    });
  });

  it.each(bodies("lost in\nthe  river"))("reads a revocation's reason, %s", (_, body) => {
    expect(readSubmission("333.hula.atlas.revoke", body)).toEqual({
      kind: "read",
      submission: { kind: "revoke", id: ID, reason: "lost in the river" },
    });
  });

  it("reads single parts from an issue form as well", () => {
    expect(readSubmission("333.hula.atlas.sshkey.pub", `### SSH public key\n\n${ONE}\n`)).toMatchObject({
      submission: { kind: "sshkey", key: { line: ONE } },
    });
    expect(problemOf("333.hula.atlas.sshkey.pub", `### SSH host keys\n\n${ONE}\n`)).toBe(
      "body has SSH host keys, which its title doesn't name; use a title that ends in .enroll",
    );
  });

  it.each([
    "",
    "a question about x.sshkey.pub files",
    "333.hula.atlas",
    "333.hula.atlas.SSHKEY.PUB",
    "sshkey.pub",
    "enroll",
  ])("leaves an issue titled %j alone", (title) => {
    expect(readSubmission(title, ONE)).toEqual({ kind: "none" });
  });

  it.each([
    ["x.sshkey.pub", "computer id has 1 part"],
    ["333.hula.sshkey.pub", "computer id has 2 parts"],
    ["a.333.hula.atlas.enroll", "computer id has 4 parts"],
    ["../../etc.hula.atlas.sshkey.pub", "computer id has 7 parts"],
    ["33/3.hula.atlas.x509.csr", 'computer name has "/" at character 3'],
    ["333.root.atlas.hostkey.pub", '"root" is an account'],
    ["333.Hula.atlas.revoke", 'system name has "H" at character 1'],
    ["ЗЗЗ.hula.atlas.sshkey.pub", 'title "\\u0417\\u0417\\u0417.hula.atlas.sshkey.pub": computer name has'],
    [" 333.hula.atlas.sshkey.pub", 'computer name has " " at character 1'],
    [`${"a".repeat(300)}.sshkey.pub`, "title has 311 characters; 256 at most"],
  ])("says what is wrong with the title %j", (title, problem) => {
    expect(problemOf(title, ONE)).toContain(problem);
    expect(readSubmission(title, ONE)).not.toHaveProperty("id");
  });

  it("keeps the id of a submission whose body it can't read", () => {
    expect(readSubmission("333.hula.atlas.sshkey.pub", "hello")).toMatchObject({
      kind: "unreadable",
      claims: "sshkey",
      id: ID,
    });
  });

  it.each([
    ["sshkey.pub", "", "ssh key is empty"],
    ["sshkey.pub", "```\n\n```", "ssh key is empty"],
    ["sshkey.pub", "_No response_", "ssh key is empty"],
    ["sshkey.pub", `${ONE}\n${TWO}`, "ssh key has 2 lines; give one key on one line"],
    ["sshkey.pub", `${ONE}\rssh-rsa AAAA`, 'ssh key has "\\r" at character 81'],
    ["sshkey.pub", `${ONE}\u2028${TWO}`, 'ssh key has "\\u2028" at character 81'],
    ["sshkey.pub", `\`\`\`\n${ONE}\n\`\`\`\n\`\`\`\n${TWO}\n\`\`\``, "body has text after its fence"],
    ["sshkey.pub", `here it is\n\`\`\`\n${ONE}\n\`\`\``, "body has text before its fence"],
    ["sshkey.pub", `\`\`\`\n${ONE}`, 'body has a fence "```" that is not closed'],
    ["sshkey.pub", `\`\`\`\`\n${ONE}\n\`\`\``, 'body has a fence "````" that is not closed'],
    ["sshkey.pub", `~~~\n${ONE}\n\`\`\``, 'body has a fence "~~~" that is not closed'],
    ["sshkey.pub", `hi\n### SSH public key\n${ONE}`, 'body has "hi" before its first heading'],
    ["sshkey.pub", "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaA\n", "ssh key is a private key"],
    ["sshkey.pub", ONE + "x".repeat(20_000), "body has 20080 characters; 20000 at most"],
    ["hostkey.pub", "", "host keys are missing"],
    ["hostkey.pub", `[eu.example.org]:22 ${ONE}`, "host key 1: ssh key begins with"],
    ["hostkey.pub", `${ONE}\n# comment\n`, 'host key 2: ssh key begins with "#"'],
    ["hostkey.pub", Array(9).fill(ONE).join("\n"), "host keys have 9 lines; 8 at most"],
    ["x509.csr", `${CSR}${CSR}`, "csr is not one PEM block"],
    ["x509.csr", ONE, "csr is not one PEM block"],
    ["revoke", " \n", "body is empty; a revocation needs a reason"],
    ["revoke", "x".repeat(501), "body has a reason of 501 characters; 500 at most"],
    ["enroll", ONE, "body has no headings; use the issue form, or begin with ### SSH public key"],
  ])("refuses %s with the body %j", (suffix, body, problem) => {
    expect(problemOf(`333.hula.atlas.${suffix}`, body)).toContain(problem);
  });

  it("reads hostile bodies in linear time", () => {
    const bodies = [" ", "\n", "`", "### ", "\t\n", "A", "``` "].flatMap((piece) => [
      piece.repeat(19_000 / piece.length),
      `${piece.repeat(19_000 / piece.length)}x`,
      `### SSH public key\n${piece.repeat(19_000 / piece.length)}\``,
    ]);
    const time = cpuTimeOf(() => {
      const kinds = ["sshkey.pub", "x509.csr", "hostkey.pub", "enroll"].flatMap((suffix) =>
        bodies.map((body) => readSubmission(`333.hula.atlas.${suffix}`, body).kind),
      );
      expect(new Set(kinds)).toEqual(new Set(["unreadable"]));
    });
    expect(time).toBeLessThan(2000);
  });
});

describe("subjectProblem", () => {
  const read = parseCertificateRequest(CSR);
  const csr: CertificateRequest = read.ok ? read.value : fail(read.problem);
  const id = (text: string): ComputerId => {
    const parsed = parseComputerId(text);
    return parsed.ok ? parsed.value : fail(parsed.problem);
  };

  it("accepts the subject that the title names", () => {
    expect(subjectProblem(csr, id("333.hula.atlas"), ".tunnels.example.org")).toBeUndefined();
  });

  it("names every attribute that differs, and what it must be", () => {
    expect(subjectProblem(csr, id("334.tern.atlas"), ".tunnels.example.org")).toBe(
      'csr subject is not that of 334.tern.atlas: it has CN "333.hula.atlas.tunnels.example.org", where ' +
        '"334.tern.atlas.tunnels.example.org" is needed; OU "333", where "334" is needed; O "hula", where "tern" is needed',
    );
    expect(subjectProblem(csr, id("333.hula.atlas"), "")).toContain('where "333.hula.atlas" is needed');
  });
});

function fail(problem: string): never {
  throw new Error(problem);
}
