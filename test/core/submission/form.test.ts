import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { parse } from "yaml";
import { HEADINGS, printEnrollForm, readForm } from "../../../core/submission/form.ts";
import { readSubmission } from "../../../core/submission/submission.ts";

const keys: readonly { line: string }[] = JSON.parse(
  readFileSync(new URL("../../fixtures/ssh-keys.json", import.meta.url), "utf8"),
);
const lines = keys.map(({ line }) => line.split(" ", 2).join(" "));
const csrs: { honest: Record<string, string> } = JSON.parse(
  readFileSync(new URL("../../fixtures/csrs.json", import.meta.url), "utf8"),
);
const PROOF = [
  "-----BEGIN SSH SIGNATURE-----",
  Buffer.from(`SSHSIG${"x".repeat(60)}`)
    .toString("base64")
    .replace(/.{70}/g, "$&\n"),
  "-----END SSH SIGNATURE-----",
  "",
].join("\n");

const readEnroll = (body: string) => readSubmission("333.hula.atlas.enroll", body);
const problemOf = (body: string): string => {
  const read = readEnroll(body);
  return read.kind === "unreadable" ? read.problem : read.kind;
};

describe("printEnrollForm", () => {
  it("writes what readSubmission reads, whatever is left out", () => {
    const maybe = <T>(values: readonly T[]) => fc.option(fc.constantFrom(...values), { nil: undefined });
    const parts = fc.record({
      key: fc.constantFrom(...lines),
      hostKeys: fc.array(fc.constantFrom(...lines), { maxLength: 8 }),
      csr: maybe(Object.values(csrs.honest)),
      proof: maybe([PROOF]),
    });
    fc.assert(
      fc.property(parts, ({ key, hostKeys, csr, proof }) => {
        const body = printEnrollForm({
          key,
          hostKeys,
          ...(csr === undefined ? {} : { csr }),
          ...(proof === undefined ? {} : { proof }),
        });
        expect(readEnroll(body)).toEqual({
          kind: "read",
          submission: {
            kind: "enroll",
            id: { computer: "333", system: "hula", realm: "atlas" },
            key: expect.objectContaining({ line: key }),
            hostKeys: hostKeys.map((line) => expect.objectContaining({ line })),
            ...(csr === undefined ? {} : { csr: expect.objectContaining({ pem: csr }) }),
            ...(proof === undefined ? {} : { proof }),
          },
        });
      }),
      { numRuns: 60 },
    );
  });
});

describe("the issue form", () => {
  it("has .github/ISSUE_TEMPLATE/enroll.yml for its source: the same labels in the same order", () => {
    const path = new URL("../../../.github/ISSUE_TEMPLATE/enroll.yml", import.meta.url);
    const template: { body: { type: string; attributes: { label?: string } }[] } = parse(
      readFileSync(path, "utf8"),
    );
    const labels = template.body.flatMap(({ attributes }) => attributes.label ?? []);
    expect(labels).toEqual(Object.values(HEADINGS));
  });

  it("is read as GitHub prints it: raw fields, rendered fields and empty ones", () => {
    const body = [
      `### SSH public key\r\n\r\n${lines[0]}\r\n`,
      "### SSH host keys\r\n\r\n```text\r\n\r\n```\r\n",
      "### Certificate signing request\r\n\r\n_No response_\r\n",
      "### Proof of possession\r\n\r\n```text\r\n```",
    ].join("\r\n");
    expect(readEnroll(body)).toMatchObject({ kind: "read", submission: { kind: "enroll", hostKeys: [] } });
    expect(readForm("### SSH public key \n\nx\n### SSH host keys")).toEqual({
      ok: true,
      value: new Map([["SSH public key", "x"]]),
    });
  });

  it.each([
    ["### SSH host keys\n\nx", "SSH public key: ssh key is empty"],
    [
      `### SSH public key\n${lines[0]}\n### SSH public key\n${lines[1]}`,
      'body has the heading "SSH public key" twice',
    ],
    [`### SSH key\n${lines[0]}`, 'body has the heading "SSH key"; use SSH public key, SSH host keys, '],
    [`### ssh public key\n${lines[0]}`, 'body has the heading "ssh public key"'],
    [`### SSH public key\n\`\`\`\n${lines[0]}\n### SSH host keys\n`, "SSH public key: has a fence"],
    [
      `### SSH public key\n${lines[0]}\n### SSH host keys\nlocalhost ${lines[1]}`,
      "SSH host keys: host key 1: ssh key begins",
    ],
    [
      `### SSH public key\n${lines[0]}\n### Certificate signing request\nx`,
      "Certificate signing request: csr is not one",
    ],
    [
      `### SSH public key\n${lines[0]}\n### Proof of possession\nx`,
      "Proof of possession: proof is not one block",
    ],
    [
      `### SSH public key\n${lines[0]}\n### Proof of possession\n${PROOF.replace("U1NI", "V1NI")}`,
      "proof is no SSH signature",
    ],
    [`### SSH public key\n${lines[0]}\n${lines[1]}`, "SSH public key: ssh key has 2 lines"],
    [`### SSH public key\n> ${lines[0]}`, 'SSH public key: ssh key begins with ">"'],
  ])("refuses %j", (body, problem) => {
    expect(problemOf(body)).toContain(problem);
  });
});
