import { SYNC } from "./sync-workflow.ts";

export interface Next {
  readonly repository: string;
  readonly proxy: string;
  /** Files of the keys that `init` made. */
  readonly keys: { readonly sync: string; readonly signing: string; readonly spare: string };
  readonly broker: "none" | "aws-iot" | "mqtt";
  /** Whether a workflow syncs; otherwise somebody must. */
  readonly workflow: boolean;
}

/** What is left to do by hand, in order: each a sentence, or a command that can be pasted. */
export function nextSteps({ repository, proxy, keys, broker, workflow }: Next): readonly string[] {
  const gh = `--repo ${repository}`;
  const syncing = workflow
    ? [
        `make the environment of the sync: gh api --method PUT repos/${repository}/environments/${SYNC.environment}, and bind it to the default branch in the repository's settings`,
        `gh secret set ${SYNC.secrets[0]} ${gh} --env ${SYNC.environment} < ${keys.sync}`,
        `gh secret set ${SYNC.secrets[1]} ${gh} --env ${SYNC.environment} < ${keys.signing}`,
        `gh variable set ${SYNC.variable} ${gh} --body true`,
      ]
    : [
        `sync from a host that you trust, on a timer: warren sync --repository ${repository} --sync-key ${keys.sync} --signing-key ${keys.signing}`,
      ];
  return [
    `keep ${keys.spare} offline: it is the spare host key of proxy ${proxy}`,
    "read realm.yaml, then warren validate; commit what was written, and push it",
    "protect the branch `registry` and the default branch by rulesets (docs/setup.md)",
    "make the GitHub App, install it on the repository, and run it (docs/app.md)",
    ...(broker === "aws-iot" ? ["make the two policies of AWS IoT (docs/setup.md)"] : []),
    `on the proxy, as root: node warren-proxy.mjs prepare --realm realm.yaml --proxy ${proxy} --sync-key ${keys.sync}.pub`,
    "add the host key that it prints to realm.yaml",
    ...syncing,
    `warren doctor --repository ${repository} --sync-key ${keys.sync}`,
  ];
}
