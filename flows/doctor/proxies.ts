import { hasDrift } from "../../core/access/drift.ts";
import type { Network } from "../../core/inspection.ts";
import type { ProxyHost, Realm } from "../../core/realm/realm.ts";
import { driftLines } from "../drift.ts";
import type { LivePlan } from "../plan.ts";
import { type Check, type Finding, ok, problem, unknown } from "./check.ts";
import { pinFindings } from "./hosts.ts";

/** What every proxy holds, against what it should; left out where no sync key is at hand. */
export type LivePlans = () => Promise<readonly LivePlan[]>;

/** One check a proxy: what anybody can see of it, and with the sync key what it holds. */
export const proxyChecks = (
  network: Network,
  { proxies, repository }: Realm,
  plans: LivePlans | undefined,
): readonly Check[] =>
  proxies.map((proxy) => ({
    name: `proxy ${proxy.name}`,
    run: async () => [
      ...(await outside(network, proxy)),
      ...(plans === undefined
        ? [
            unknown(
              "could not look at what it holds: that takes the sync key",
              `warren doctor --repository ${repository.fullName} --sync-key FILE`,
            ),
          ]
        : held(await plans(), proxy, repository.fullName)),
    ],
  }));

async function outside(network: Network, proxy: ProxyHost): Promise<readonly Finding[]> {
  const { name, host, port } = proxy;
  const hostKeys = proxy.hostKeys.map(({ line }) => line);
  const { shown, findings } = await pinFindings(
    network,
    { host, port, hostKeys },
    {
      unreachable: `see that sshd runs on ${host} and port ${port} is open`,
      // Whoever stands between would show his own: what counts is what the host itself says.
      stranger: ([line = ""]) =>
        `on ${host} itself, compare with cat /etc/ssh/ssh_host_*_key.pub; if it is there, add it to proxies.${name}.hostKeys: - ${line}`,
    },
  );
  if (shown.length === 0 || hostKeys.some((line) => !shown.includes(line))) return findings;
  const spare = `${name}-spare`;
  return [
    ...findings,
    problem(
      "no spare host key is pinned: if this host is lost, every computer must be visited",
      `ssh-keygen -t ed25519 -N '' -f ${spare}; add ${spare}.pub to proxies.${name}.hostKeys, and keep ${spare} offline`,
    ),
  ];
}

function held(plans: readonly LivePlan[], { name }: ProxyHost, repository: string): readonly Finding[] {
  const live = plans.find(({ proxy }) => proxy === name);
  if (live === undefined) return [unknown("could not look: the repository's realm.yaml has no such proxy")];
  const plan = `warren plan --repository ${repository} --sync-key FILE`;
  const sync = `warren sync --repository ${repository} --sync-key FILE --signing-key FILE`;
  const findings = hasDrift(live.drift)
    ? driftLines(live.drift).map((line) =>
        problem(`drift: ${line}`, `${plan} shows it; files come back by ${sync}`),
      )
    : [];
  switch (live.kind) {
    case "same":
      return [...findings, ...(findings.length > 0 ? [] : [ok("it holds what the registry says")])];
    case "changes":
      return [...findings, problem("it is behind the registry", `see why no sync ran; ${sync}`)];
    case "unexplained":
      return [...findings, problem("it holds what no commit explains", `${plan}, then ${sync}`)];
    case "failed":
      return [...findings, problem(live.failure.message, live.failure.hint)];
  }
}
