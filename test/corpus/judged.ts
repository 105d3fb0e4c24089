import { SshSignatureCheck } from "../../adapters/openssh/signatures.ts";
import { decide } from "../../core/decision/decide.ts";
import type { Decision } from "../../core/decision/decision.ts";
import { printRecord } from "../../core/registry/record-file.ts";
import { Registry } from "../../core/registry/registry.ts";
import { printRegistryHead } from "../../core/registry/registry-file.ts";
import type { Issue } from "../../core/submission/issue.ts";
import { readSubmission } from "../../core/submission/submission.ts";
import { isProven } from "../../flows/proof.ts";
import { alice, at, issue, realm } from "../fixtures/people.ts";
import { accepted, madeKey, madeRecord } from "../made/access.ts";
import type { Honest } from "./corpus.ts";

export const REALM_FILE = new URL("../../realm.yaml", import.meta.url).pathname;

/** A registry in which alice's 333 is enrolled, as host keys alone and revocations need it. */
const record = madeRecord("333.hula.atlas", { port: 61333, sshKeys: [accepted(madeKey("333, long ago"))] });
const enrolled = Registry.of(1, [record]);
/** The same, as the files of a checkout. */
export const enrolledFiles: Readonly<Record<string, string>> = {
  "registry.json": printRegistryHead({ format: 1, sequence: 1 }),
  "hula/333.json": printRecord(record),
};

/** Whether a title needs the computer to be there. */
export const needsRecord = ({ title }: Honest): boolean => /\.(hostkey\.pub|revoke)\s*$/.test(title);

export const issueOf = ({ title, body }: Honest): Issue => issue({ author: alice, title, body });

/** What the library decides of a submission of alice's, whom the rules trust most. */
export async function judged(each: Honest): Promise<Decision> {
  const opened = issueOf(each);
  const read = readSubmission(opened.title, opened.body);
  const submission = read.kind === "read" ? read.submission : undefined;
  return decide({
    realm,
    registry: needsRecord(each) ? enrolled : Registry.empty,
    issue: opened,
    isMember: () => false,
    proven: await isProven(new SshSignatureCheck("warren-enroll"), opened, submission),
    now: at("12:00:00"),
  });
}

/** The same issue as the file that `warren decide` reads. */
export const issueFileOf = (each: Honest): string => {
  const { number, author, title, body, createdAt, repositoryId } = issueOf(each);
  return JSON.stringify({
    issue: { number, title, body, user: author, created_at: createdAt, state: "open" },
    repository: { id: repositoryId },
    history: { lastEditedAt: null, editor: null, renames: [] },
  });
};
