import { formatId } from "../names.ts";
import { formatPlace } from "../place.ts";
import type { Decision, Reason } from "./decision.ts";

/** The decision as `warren decide --json` prints it; places become `realm.yaml:33:9`. */
export function decisionJson(decision: Decision): Record<string, unknown> {
  if (decision.kind === "none") return { kind: "none", because: [NOT_A_SUBMISSION] };
  const { kind, computer, submission, digest, keys, because } = decision;
  return {
    kind,
    ...(computer === undefined ? {} : { computer: formatId(computer) }),
    submission,
    digest,
    keys: keys.map(({ type, bits, fingerprint }) => ({ type, bits, fingerprint })),
    approvers: kind === "ask" ? decision.approvers.map(({ login, id }) => ({ login, id })) : [],
    ...(kind === "ask" ? { approvals: decision.approvals } : {}),
    ...(kind === "grant" ? { approvedBy: decision.approvedBy } : {}),
    ...(kind === "grant" && decision.end !== undefined ? { end: decision.end } : {}),
    because: because.map(reasonJson),
  };
}

/** The decision as a person reads it in a terminal: the verdict, what it is about, then every reason. */
export function decisionLines(decision: Decision): readonly string[] {
  if (decision.kind === "none") return [`none: ${NOT_A_SUBMISSION.says}`];
  const { kind, computer, submission, digest, keys, because } = decision;
  const what = computer === undefined ? submission : `${submission} of ${formatId(computer)}`;
  return [
    `${kind}: ${what}`,
    ...keys.map(({ type, bits, fingerprint }) => `  key     ${type} ${bits} ${fingerprint}`),
    `  digest  ${digest}`,
    ...because.flatMap((reason, index) => linesOf(reason, index === 0 ? "because" : "and    ")),
  ];
}

/** `systems.hula.trust[0] (realm.yaml:33:9): …` */
export const reasonLine = ({ rule, at, says }: Reason): string =>
  at === undefined ? `${rule}: ${says}` : `${rule} (${formatPlace(at)}): ${says}`;

const linesOf = (reason: Reason, word: string): readonly string[] => [
  `  ${word} ${reasonLine(reason)}`,
  ...(reason.fix === undefined ? [] : [`  to mend ${reason.fix}`]),
];

const NOT_A_SUBMISSION: Reason = {
  rule: "submission.title",
  says: "title does not end as a submission's does, so the bot leaves the issue alone",
};

export const reasonJson = ({ rule, at, says, fix }: Reason): Record<string, string> => ({
  rule,
  ...(at === undefined ? {} : { at: formatPlace(at) }),
  says,
  ...(fix === undefined ? {} : { fix }),
});
