import { type AwsPlace, type PolicyDocument, policyDocuments } from "../iot/policy.ts";
import type { Realm } from "../realm/realm.ts";
import {
  type IamDocument,
  permissionDocument,
  type RepositoryIds,
  subjectsOf,
  trustDocument,
} from "./role.ts";

/** What an AWS account must hold for a realm. */
export interface AwsSetup {
  readonly where: AwsPlace;
  /** Of devices and of controllers. */
  readonly policies: readonly NamedPolicy[];
  /** Left out: credentials come from elsewhere. */
  readonly role?: WantedRole;
  /** Where computers connect to, as realm.yaml has it. */
  readonly endpoint: string;
}

export interface NamedPolicy {
  readonly name: string;
  readonly document: PolicyDocument;
}

/** The role that the workflow assumes. */
export interface WantedRole {
  readonly name: string;
  readonly trust: IamDocument;
  readonly permissions: IamDocument;
}

export type AwsBroker = Extract<NonNullable<Realm["broker"]>, { type: "aws-iot" }>;

export interface RoleOptions {
  readonly name: string;
  readonly ids: RepositoryIds;
}

/** In the place of an account that isn't known: of a setup that is to be printed as a template. */
export const ANY_ACCOUNT = "<account>";
/** The name of the role's inline policy. */
export const INLINE_POLICY = "warren";
/** What a template asks whoever applies it. */
export const PROVIDER_ASK =
  "whether to create the identity provider of GitHub's workflows; an account has one at most";

export const roleNameOf = ({ name }: Realm): string => `warren-${name}`;

export function setupOf(
  realm: Realm,
  broker: AwsBroker,
  account: string,
  role: RoleOptions | undefined,
): AwsSetup {
  const where = { region: broker.region, account };
  const documents = policyDocuments(realm, where);
  const { policies, endpoint } = broker;
  return {
    where,
    policies: [
      { name: policies.device, document: documents.device },
      { name: policies.controller, document: documents.controller },
    ],
    ...(role === undefined
      ? {}
      : {
          role: {
            name: role.name,
            trust: trustDocument(where, subjectsOf(realm.repository.fullName, role.ids)),
            permissions: permissionDocument(realm, where),
          },
        }),
    endpoint,
  };
}

/** AWS names the host. realm.yaml may say the port, too: 443 for networks that let nothing else out. */
export const isEndpoint = (said: string, host: string): boolean =>
  [host, `${host}:8883`, `${host}:443`].includes(said);
