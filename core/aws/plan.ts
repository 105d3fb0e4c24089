import { AUDIENCE, ISSUER } from "./role.ts";
import { differenceOf } from "./rules.ts";
import type { AwsSetup, NamedPolicy, WantedRole } from "./setup.ts";

/** What an account holds of what a realm needs. Documents are the text that AWS gave. */
export interface HeldSetup {
  /** By name. */
  readonly policies: ReadonlyMap<string, HeldPolicy>;
  /** Undefined: the account doesn't know GitHub's issuer. */
  readonly provider: { readonly audiences: readonly string[] } | undefined;
  readonly role: HeldRole | undefined;
  readonly endpoint: string;
}

export interface HeldPolicy {
  /** Of the version in force. */
  readonly document: string;
  readonly versions: readonly PolicyVersion[];
}

export interface PolicyVersion {
  readonly id: string;
  readonly inForce: boolean;
}

export interface HeldRole {
  readonly trust: string;
  /** Of the inline policy of our name; undefined: it has none. */
  readonly permissions: string | undefined;
}

/** One call, or two that belong together; `changes` says what comes (`+`) and what goes (`-`). */
export type SetupStep =
  | { readonly do: "create-policy"; readonly policy: NamedPolicy; readonly changes: readonly string[] }
  | {
      readonly do: "replace-policy";
      readonly policy: NamedPolicy;
      /** A version that goes first, for AWS keeps five. */
      readonly drop?: string;
      readonly changes: readonly string[];
    }
  | { readonly do: "create-provider"; readonly changes: readonly string[] }
  | { readonly do: "add-audience"; readonly changes: readonly string[] }
  | { readonly do: "create-role"; readonly role: WantedRole; readonly changes: readonly string[] }
  | { readonly do: "set-trust"; readonly role: WantedRole; readonly changes: readonly string[] }
  | { readonly do: "set-permissions"; readonly role: WantedRole; readonly changes: readonly string[] };

/** AWS's limit ("AWS IoT Core quotas": versions per named policy). */
const MOST_VERSIONS = 5;
const NOTHING = JSON.stringify({ Statement: [] });

/** The steps that bring an account to what a realm needs; nothing that others may have put there is taken away. */
export function planSetup(wanted: AwsSetup, held: HeldSetup): readonly SetupStep[] {
  const policies = wanted.policies.flatMap((policy) => policySteps(policy, held.policies.get(policy.name)));
  return wanted.role === undefined ? policies : [...policies, ...roleSteps(wanted.role, held)];
}

function policySteps(policy: NamedPolicy, held: HeldPolicy | undefined): readonly SetupStep[] {
  const changes = differenceOf(held?.document ?? NOTHING, policy.document);
  if (held === undefined) return [{ do: "create-policy", policy, changes }];
  if (changes.length === 0) return [];
  const drop = held.versions.length < MOST_VERSIONS ? undefined : oldest(held.versions);
  return [{ do: "replace-policy", policy, changes, ...(drop === undefined ? {} : { drop }) }];
}

/** Ids are numbers that rise, and are never given again. */
const oldest = (versions: readonly PolicyVersion[]): string | undefined =>
  versions
    .filter(({ inForce }) => !inForce)
    .map(({ id }) => id)
    .toSorted((a, b) => Number(a) - Number(b))[0];

function roleSteps(role: WantedRole, { provider, role: held }: HeldSetup): readonly SetupStep[] {
  const steps: SetupStep[] = [];
  if (provider === undefined) steps.push({ do: "create-provider", changes: [`+ ${ISSUER} for ${AUDIENCE}`] });
  else if (!provider.audiences.includes(AUDIENCE))
    steps.push({ do: "add-audience", changes: [`+ ${ISSUER} for ${AUDIENCE}`] });
  const trust = differenceOf(held?.trust ?? NOTHING, role.trust);
  if (held === undefined) steps.push({ do: "create-role", role, changes: trust });
  else if (trust.length > 0) steps.push({ do: "set-trust", role, changes: trust });
  const permissions = differenceOf(held?.permissions ?? NOTHING, role.permissions);
  if (permissions.length > 0) steps.push({ do: "set-permissions", role, changes: permissions });
  return steps;
}

export function nameOfStep(step: SetupStep): string {
  switch (step.do) {
    case "create-policy":
      return `create the policy ${step.policy.name}`;
    case "replace-policy": {
      const first =
        step.drop === undefined ? "" : ` in the place of its version ${step.drop}, the oldest of five`;
      return `put a new version of the policy ${step.policy.name} in force${first}`;
    }
    case "create-provider":
      return "create the identity provider of GitHub's workflows";
    case "add-audience":
      return "let the identity provider of GitHub's workflows speak to AWS";
    case "create-role":
      return `create the role ${step.role.name}`;
    case "set-trust":
      return `change whom the role ${step.role.name} trusts`;
    case "set-permissions":
      return `set what the role ${step.role.name} may do`;
  }
}
