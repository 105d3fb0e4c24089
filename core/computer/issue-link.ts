import { HEADINGS, type Heading, readForm } from "../submission/form.ts";
import type { SubmissionText } from "./enrollment.ts";

/** GitHub answers 414 to anything longer. */
const LONGEST_URL = 8191;

/** Ids of the fields of .github/ISSUE_TEMPLATE/enroll.yml. */
export const FIELDS: Readonly<Record<Heading, string>> = {
  [HEADINGS.key]: "ssh-key",
  [HEADINGS.hostKeys]: "host-keys",
  [HEADINGS.csr]: "csr",
  [HEADINGS.proof]: "proof",
};

export interface IssueLink {
  readonly url: string;
  /** Whether the page it opens holds all of the text; else the body is still to be pasted. */
  readonly complete: boolean;
}

/** A page on which the issue is written already, so that whoever opens it, on whatever computer, only sends it off. */
export function issueLink(repository: string, { title, body }: SubmissionText): IssueLink {
  const url = `${repository}/issues/new?${query({ ...fieldsOf(title, body), title })}`;
  if (url.length <= LONGEST_URL) return { url, complete: true };
  return { url: `${repository}/issues/new?${query({ title })}`, complete: false };
}

/** The issue form's, where the text is one: there a person sees what stands where. */
function fieldsOf(title: string, body: string): Readonly<Record<string, string>> {
  const form = title.endsWith(".enroll") ? readForm(body) : undefined;
  if (form?.ok !== true) return { body };
  const fields = [...form.value].map(([heading, text]) => [FIELDS[heading], text] as const);
  return { template: "enroll.yml", ...Object.fromEntries(fields) };
}

const query = (values: Readonly<Record<string, string>>): string =>
  Object.entries(values)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join("&");
