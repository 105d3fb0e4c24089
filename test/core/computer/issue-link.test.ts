import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { submissionsOf } from "../../../core/computer/enrollment.ts";
import { FIELDS, issueLink } from "../../../core/computer/issue-link.ts";
import { type ComputerId, parseComputerId } from "../../../core/names.ts";
import { readForm } from "../../../core/submission/form.ts";
import { csrOf, sshKeyOf } from "../../fixtures/made-keys.ts";

const REPOSITORY = "https://github.com/wildlife/atlas";
const id = ((): ComputerId => {
  const read = parseComputerId("333.hula.atlas");
  if (!read.ok) throw new Error(read.problem);
  return read.value;
})();
const parts = {
  key: sshKeyOf("device"),
  hostKeys: [sshKeyOf("a"), sshKeyOf("b")],
  csr: csrOf("333", "hula"),
};

describe("issueLink", () => {
  it("fills in the form's own fields", () => {
    const [text] = submissionsOf(id, "form", parts);
    const { url, complete } = issueLink(REPOSITORY, text);
    expect(complete).toBe(true);
    const { searchParams, origin, pathname } = new URL(url);
    expect(origin + pathname).toBe(`${REPOSITORY}/issues/new`);
    expect(Object.fromEntries(searchParams)).toEqual({
      title: "333.hula.atlas.enroll",
      template: "enroll.yml",
      "ssh-key": parts.key,
      "host-keys": parts.hostKeys.join("\n"),
      csr: parts.csr.trim(),
    });
    const form = readForm(text.body);
    expect(form.ok && [...form.value.keys()].map((heading) => FIELDS[heading])).toEqual([
      "ssh-key",
      "host-keys",
      "csr",
    ]);
  });

  it("names the ids that the form has", () => {
    const form = readFileSync(new URL("../../../.github/ISSUE_TEMPLATE/enroll.yml", import.meta.url), "utf8");
    for (const [heading, field] of Object.entries(FIELDS))
      expect(form).toMatch(new RegExp(`id: ${field}\n    attributes:\n      label: ${heading}\n`));
  });

  it("fills in title and body where each part is an issue of its own", () => {
    for (const text of submissionsOf(id, "split", parts)) {
      const { searchParams } = new URL(issueLink(REPOSITORY, text).url);
      expect(Object.fromEntries(searchParams)).toEqual({ ...text });
    }
  });

  it("leaves out the body where GitHub would take no such link, and says so", () => {
    const { url, complete } = issueLink(REPOSITORY, { title: "x.enroll", body: "é".repeat(2000) });
    expect({ url, complete }).toEqual({ url: `${REPOSITORY}/issues/new?title=x.enroll`, complete: false });
  });
});
