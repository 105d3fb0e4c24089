import { CHECK } from "./check-workflow.ts";
import { makeEnvironment } from "./environment.ts";
import { PROCESS } from "./process-workflow.ts";
import { SYNC } from "./sync-workflow.ts";

export interface Next {
  readonly repository: string;
  readonly proxy: string;
  /** Files of the keys that `init` made. */
  readonly keys: { readonly sync: string; readonly signing: string; readonly spare: string };
  readonly broker: "none" | "aws-iot" | "mqtt";
  /** Whether workflows were written; otherwise somebody must sync. */
  readonly workflows: boolean;
  /** Whether the app answers issues; otherwise a workflow does, if there are any. */
  readonly app: boolean;
}

/** What is left to do by hand, in order: each a sentence, or a command that can be pasted. */
export function nextSteps({ repository, proxy, keys, broker, workflows, app }: Next): readonly string[] {
  const gh = `--repo ${repository}`;
  const environment = (name: string): string =>
    `make the environment ${name}, for the default branch alone: ${makeEnvironment(repository, name, "main")}`;
  const syncing = workflows
    ? [
        environment(SYNC.environment),
        `gh secret set ${SYNC.secrets[0]} ${gh} --env ${SYNC.environment} < ${keys.sync}`,
        `gh secret set ${SYNC.secrets[1]} ${gh} --env ${SYNC.environment} < ${keys.signing}`,
        `gh variable set ${SYNC.variable} ${gh} --body true`,
      ]
    : [
        `sync from a host that you trust, on a timer: warren sync --repository ${repository} --sync-key ${keys.sync} --signing-key ${keys.signing}`,
      ];
  const answering =
    app || !workflows
      ? ["make the GitHub App, install it on the repository, and run it (docs/app.md)"]
      : [
          "make a GitHub App without a webhook, and install it on the repository: workflows write as it (docs/actions.md)",
          environment(PROCESS.environment),
          `gh variable set ${PROCESS.clientId} ${gh} --body CLIENT_ID`,
          `gh secret set ${PROCESS.privateKey} ${gh} --env ${PROCESS.environment} < KEYFILE`,
          `gh variable set ${PROCESS.variable} ${gh} --body true`,
          `gh variable set ${CHECK.variable} ${gh} --body true`,
        ];
  return [
    `keep ${keys.spare} offline: it is the spare host key of proxy ${proxy}`,
    "read realm.yaml, then warren validate; commit what was written, and push it",
    "protect the branch `registry` and the default branch by rulesets (docs/setup.md)",
    ...answering,
    ...(broker === "aws-iot"
      ? [
          answering.length === 1
            ? "make the two policies of AWS IoT (docs/setup.md)"
            : "make the two policies of AWS IoT (docs/setup.md), and a role for the workflow (docs/actions.md)",
        ]
      : []),
    ...(broker === "mqtt"
      ? [
          "give the app or the workflows, and the sync, the key of the CA in broker.ca, as WARREN_CA_KEY; then set the broker up (docs/broker.md)",
        ]
      : []),
    `copy realm.yaml, dist/warren-proxy.mjs of Warren and ${keys.sync}.pub to the proxy`,
    `there, as root: node warren-proxy.mjs prepare --realm realm.yaml --proxy ${proxy} --sync-key sync.pub`,
    "add the host key that it prints to realm.yaml",
    ...syncing,
    `warren doctor --repository ${repository} --sync-key ${keys.sync}`,
  ];
}
