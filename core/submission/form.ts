import { trimBlanks, trimmedLines } from "../lines.ts";
import { type Parsed, parsed, unparsed } from "../place.ts";
import { quoted } from "../quote.ts";

/** Labels of .github/ISSUE_TEMPLATE/enroll.yml, in its order: GitHub prints each as a heading of the body. */
export const HEADINGS = {
  key: "SSH public key",
  hostKeys: "SSH host keys",
  csr: "Certificate signing request",
  proof: "Proof of possession",
} as const;

export type Heading = (typeof HEADINGS)[keyof typeof HEADINGS];

/** The text under each heading that has some. */
export type Form = ReadonlyMap<Heading, string>;

const KNOWN: ReadonlyMap<string, Heading> = new Map(
  Object.values(HEADINGS).map((heading) => [heading, heading]),
);
/** What GitHub prints for a field that was left empty. */
const NO_RESPONSE = "_No response_";
const FENCE = /^ {0,3}(`{3,}|~{3,})([^`]*)$/;

/** Whether a body is to be read as an issue form's: it has a heading. */
export const isForm = (body: string): boolean => /^### /m.test(body);

/** Reads the markdown that GitHub makes of an issue form. Lines end in LF here. */
export function readForm(body: string): Parsed<Form> {
  const sections = new Map<Heading, string[]>();
  let current: string[] | undefined;
  let fence: string | undefined;
  for (const line of body.split("\n")) {
    const mark = FENCE.exec(line)?.[1];
    if (fence === undefined) fence = mark;
    else if (mark !== undefined && closes(line, fence)) fence = undefined;
    const title = fence === undefined ? titleOf(line) : undefined;
    if (title === undefined) {
      if (current !== undefined) current.push(line);
      else if (line.trim() !== "") return unparsed(`body has ${quoted(line)} before its first heading`);
      continue;
    }
    const heading = KNOWN.get(title);
    if (heading === undefined) {
      return unparsed(`body has the heading ${quoted(title)}; use ${[...KNOWN.keys()].join(", ")}`);
    }
    if (sections.has(heading)) return unparsed(`body has the heading ${quoted(title)} twice`);
    current = [];
    sections.set(heading, current);
  }
  const form = new Map<Heading, string>();
  for (const [heading, lines] of sections) {
    const content = unwrap(lines.join("\n"));
    if (!content.ok) return unparsed(`${heading}: ${content.problem}`);
    if (content.value !== "") form.set(heading, content.value);
  }
  return parsed(form);
}

/** The text itself: without the fence around it, if there is one, and without blank lines before and after. */
export function unwrap(text: string): Parsed<string> {
  const lines = trimmedLines(text);
  const [first = "", ...rest] = lines;
  if (first === NO_RESPONSE && rest.length === 0) return parsed("");
  const fence = FENCE.exec(first)?.[1];
  if (fence === undefined) {
    return lines.some((line) => FENCE.test(line))
      ? unparsed("has text before its fence")
      : parsed(lines.join("\n"));
  }
  const end = rest.findIndex((line) => closes(line, fence));
  if (end < 0) return unparsed(`has a fence ${quoted(fence)} that is not closed`);
  if (end < rest.length - 1) return unparsed("has text after its fence");
  return parsed(trimmedLines(rest.slice(0, end).join("\n")).join("\n"));
}

/** CommonMark, 4.5: of the same character, at least as long, and nothing beside it. */
const closes = (line: string, fence: string): boolean => {
  const [, mark, info] = FENCE.exec(line) ?? [];
  return (
    mark !== undefined && trimBlanks(info ?? "") === "" && mark[0] === fence[0] && mark.length >= fence.length
  );
};

const titleOf = (line: string): string | undefined =>
  line.startsWith("### ") ? trimBlanks(line.slice("### ".length)) : undefined;

/** What `warren enroll` puts into an issue of title `<id>.enroll`. */
export interface EnrollParts {
  readonly key: string;
  readonly hostKeys?: readonly string[];
  readonly csr?: string;
  readonly proof?: string;
}

/** Writes the body that the issue form would give: `readForm` reads it back. */
export function printEnrollForm({ key, hostKeys = [], csr = "", proof = "" }: EnrollParts): string {
  const sections: readonly (readonly [Heading, string])[] = [
    [HEADINGS.key, key],
    [HEADINGS.hostKeys, hostKeys.join("\n")],
    [HEADINGS.csr, csr],
    [HEADINGS.proof, proof],
  ];
  return `${sections.map(([heading, text]) => `### ${heading}\n\n${fenced(text)}`).join("\n\n")}\n`;
}

const fenced = (text: string): string =>
  text.trim() === "" ? NO_RESPONSE : ["```text", ...trimmedLines(text), "```"].join("\n");
