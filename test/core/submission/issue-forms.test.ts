import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { parse } from "yaml";
import * as z from "zod";
import { REASON_HEADING } from "../../../core/submission/body.ts";
import { HEADINGS } from "../../../core/submission/form.ts";
import { readSubmission } from "../../../core/submission/submission.ts";
import { csrOf, sshKeyOf } from "../../fixtures/made-keys.ts";

const FOLDER = new URL("../../../.github/ISSUE_TEMPLATE/", import.meta.url);

/** docs.github.com, "Syntax for GitHub's form schema": what the forms here use of it, and nothing beside. */
const text = z.string().trim().min(1);
const id = z.string().regex(/^[a-zA-Z0-9_-]+$/);
const validations = z.strictObject({ required: z.boolean() }).optional();
const words = { label: text, description: text.optional(), placeholder: text.optional() };
const element = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("markdown"), attributes: z.strictObject({ value: text }) }),
  z.strictObject({ type: z.literal("input"), id, attributes: z.strictObject(words), validations }),
  z.strictObject({
    type: z.literal("textarea"),
    id,
    attributes: z.strictObject({ ...words, render: text.optional() }),
    validations,
  }),
]);
const form = z.strictObject({ name: text, description: text, title: text, body: z.array(element).min(1) });
type Form = z.infer<typeof form>;

const formOf = (name: string): Form => form.parse(parse(readFileSync(new URL(name, FOLDER), "utf8")));

type Rendering = "as GitHub's page does" | "with empty fences" | "with CRLF";

/** The body that GitHub makes of what was filled in, by field id. */
function bodyOf({ body }: Form, filled: Readonly<Record<string, string>>, rendering: Rendering): string {
  const sections = body.flatMap((field) => {
    if (field.type === "markdown") return [];
    const value = filled[field.id] ?? "";
    const render = field.type === "textarea" ? field.attributes.render : undefined;
    const empty = value === "" && rendering !== "with empty fences";
    const shown = empty
      ? "_No response_"
      : render === undefined
        ? value
        : `\`\`\`${render}\n${value}\n\`\`\``;
    return [`### ${field.attributes.label}\n\n${shown}`];
  });
  const all = sections.join("\n\n");
  return rendering === "with CRLF" ? all.replaceAll("\n", "\r\n") : all;
}

const RENDERINGS: readonly Rendering[] = ["as GitHub's page does", "with empty fences", "with CRLF"];

describe("each issue form", () => {
  it.each(readdirSync(FOLDER))("%s is one that GitHub takes", (name) => {
    const { body, title } = formOf(name);
    const fields = body.flatMap((field) => (field.type === "markdown" ? [] : [field]));
    expect(fields.length).toBeGreaterThan(0);
    // GitHub refuses two of one id, and two labels that differ by case alone.
    expect(new Set(fields.map(({ id }) => id)).size).toBe(fields.length);
    expect(new Set(fields.map(({ attributes }) => attributes.label.toLowerCase())).size).toBe(fields.length);
    // Whoever forgets to put the id in is told so.
    expect(readSubmission(title, "").kind).toBe("unreadable");
  });
});

describe("the form enroll.yml", () => {
  const form = formOf("enroll.yml");
  const read = (filled: Record<string, string>, rendering: Rendering) =>
    readSubmission("333.hula.atlas.enroll", bodyOf(form, filled, rendering));

  it("has the headings that are read, and no other", () => {
    const labels = form.body.flatMap((field) => (field.type === "markdown" ? [] : [field.attributes.label]));
    expect(labels).toEqual(Object.values(HEADINGS));
  });

  it.each(RENDERINGS)("is read whole and with its optional fields left empty, %s", (rendering) => {
    const key = sshKeyOf("device");
    const [one, other] = [sshKeyOf("one"), sshKeyOf("other")];
    const whole = { "ssh-key": key, "host-keys": `${one}\n${other}\n`, csr: csrOf("333", "hula") };
    const submission = (filled: Record<string, string>) => {
      const outcome = read(filled, rendering);
      return outcome.kind === "read" && outcome.submission.kind === "enroll" ? outcome.submission : outcome;
    };
    expect(submission(whole)).toMatchObject({
      key: { line: key },
      hostKeys: [{ line: one }, { line: other }],
    });
    expect(submission(whole)).toHaveProperty("csr");
    const bare = submission({ "ssh-key": key });
    expect(bare).toMatchObject({ key: { line: key }, hostKeys: [] });
    expect(bare).not.toHaveProperty("csr");
    expect(bare).not.toHaveProperty("proof");
    expect(read({}, rendering).kind).toBe("unreadable");
  });
});

describe("the form revoke.yml", () => {
  const form = formOf("revoke.yml");
  const read = (reason: string, rendering: Rendering) =>
    readSubmission("333.hula.atlas.revoke", bodyOf(form, { reason }, rendering));

  it("fits on a phone: one field", () => {
    expect(form.body).toMatchObject([{ type: "input", id: "reason", attributes: { label: REASON_HEADING } }]);
  });

  it.each(RENDERINGS)("gives the reason without its heading, %s", (rendering) => {
    expect(read("lost in the river", rendering)).toMatchObject({
      kind: "read",
      submission: { kind: "revoke", reason: "lost in the river" },
    });
    expect(read("", rendering)).toMatchObject({
      kind: "unreadable",
      problem: "body is empty; a revocation needs a reason",
    });
  });
});
