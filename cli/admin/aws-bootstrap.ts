import { nameOfStep } from "../../core/aws/plan.ts";
import type { RepositoryIds } from "../../core/aws/role.ts";
import {
  ANY_ACCOUNT,
  type AwsBroker,
  type AwsSetup,
  isEndpoint,
  roleNameOf,
  setupOf,
} from "../../core/aws/setup.ts";
import { printTemplate, type TemplateFormat } from "../../core/aws/templates.ts";
import { counted } from "../../core/counted.ts";
import { Failure } from "../../core/failure.ts";
import { partitionOf } from "../../core/iot/policy.ts";
import { printable, quoted } from "../../core/quote.ts";
import type { Realm } from "../../core/realm/realm.ts";
import { type Bootstrapped, bootstrap } from "../../flows/bootstrap.ts";
import { anyGithub } from "../github.ts";
import { realmOf, repositoryNamed } from "../realm-of.ts";

export interface BootstrapOptions {
  readonly realm?: string;
  readonly apply?: boolean;
  readonly format?: TemplateFormat;
  readonly role?: string | boolean;
  readonly repositoryIds?: string;
  readonly account?: string;
  readonly json?: boolean;
}

export async function bootstrapFromHere(
  options: BootstrapOptions,
): Promise<{ readonly text: string; readonly exit: number }> {
  const realm = await realmOf({ realm: options.realm ?? "realm.yaml", repository: undefined }, undefined);
  const broker = awsBrokerOf(realm);
  const role = await roleOf(realm, options);
  if (options.format !== undefined) {
    if (options.apply === true || options.json === true)
      throw new Failure("usage", "--format prints a template; leave --apply and --json out");
    return { text: printTemplate(setupOf(realm, broker, ANY_ACCOUNT, role), options.format), exit: 0 };
  }
  // The SDK takes long to load, and a template needs none of it.
  const { accountOf } = await import("../../adapters/aws-iot/roles.ts");
  const { SdkAwsAccount } = await import("../../adapters/aws-iot/account.ts");
  const wanted = setupOf(realm, broker, accountIn(options) ?? (await accountOf(broker.region)), role);
  const apply = options.apply === true;
  const lines: string[] = [];
  const done = await bootstrap(new SdkAwsAccount(wanted), wanted, {
    apply,
    // Also of policies that others wrote.
    tell: (line) => void lines.push(printable(line)),
  });
  const endpointDiffers = !isEndpoint(wanted.endpoint, done.endpoint);
  const exit = endpointDiffers || (!apply && done.steps.length > 0) ? 1 : 0;
  const document = documentOf(realm, wanted, done, apply);
  const text =
    options.json === true
      ? JSON.stringify(document, null, 2)
      : [...lines, ...closing(realm, wanted, done, apply)].join("\n");
  return { text: `${text}\n`, exit };
}

export function awsBrokerOf({ broker }: Realm): AwsBroker {
  if (broker?.type === "aws-iot") return broker;
  const has = broker === undefined ? "no broker" : `a broker of type ${JSON.stringify(broker.type)}`;
  throw new Failure("usage", `realm.yaml has ${has}; only type "aws-iot" lives on AWS`);
}

async function roleOf(realm: Realm, options: BootstrapOptions) {
  if (options.role === false) return undefined;
  const name = typeof options.role === "string" ? options.role : roleNameOf(realm);
  if (!/^[\w+=,.@-]{1,64}$/.test(name))
    throw new Failure(
      "usage",
      `role ${quoted(name)} is no name; use letters, digits and +=,.@_-, 64 at most`,
    );
  return { name, ids: idsIn(options) ?? (await idsOnGithub(realm)) };
}

function idsIn({ repositoryIds }: BootstrapOptions): RepositoryIds | undefined {
  if (repositoryIds === undefined) return undefined;
  const [, owner, repository] = /^([1-9][0-9]{0,14}):([1-9][0-9]{0,14})$/.exec(repositoryIds) ?? [];
  if (owner === undefined || repository === undefined)
    throw new Failure(
      "usage",
      `--repository-ids ${quoted(repositoryIds)} is no pair of ids; write OWNER:REPOSITORY`,
    );
  return { owner: Number(owner), repository: Number(repository) };
}

/** Both forms of a token's subject are trusted, so both ids must be known. */
async function idsOnGithub(realm: Realm): Promise<RepositoryIds> {
  const { fullName, id } = realm.repository;
  const { GitHubRepositoryLook } = await import("../../adapters/github/inspection/repository-look.ts");
  const look = new GitHubRepositoryLook(await anyGithub(), repositoryNamed(fullName));
  const ids = await look.ids().catch((cause: unknown) => {
    if (!(cause instanceof Failure)) throw cause;
    const hint = "set GITHUB_TOKEN, or give them by --repository-ids OWNER:REPOSITORY";
    throw new Failure(cause.code, `ids of ${fullName} are not known: ${cause.message}`, { hint, cause });
  });
  if (id === undefined || id === ids.repository) return ids;
  const is = `repository ${fullName} has the id ${ids.repository} on GitHub, and ${id} in realm.yaml`;
  throw new Failure("refused", is, { hint: "mend `repository` in realm.yaml" });
}

function accountIn({ account }: BootstrapOptions): string | undefined {
  if (account === undefined || /^[0-9]{12}$/.test(account)) return account;
  throw new Failure("usage", `account ${quoted(account)} is none of AWS; write its 12 digits`);
}

const roleArn = ({ where, role }: AwsSetup): string | undefined =>
  role === undefined ? undefined : `arn:${partitionOf(where.region)}:iam::${where.account}:role/${role.name}`;

function documentOf(realm: Realm, wanted: AwsSetup, { steps, endpoint }: Bootstrapped, applied: boolean) {
  const role = roleArn(wanted);
  return {
    realm: realm.name,
    ...wanted.where,
    applied,
    steps: steps.map((step) => ({
      do: step.do,
      says: nameOfStep(step),
      changes: step.changes,
      ...("drop" in step ? { drop: step.drop } : {}),
    })),
    endpoint: { realm: wanted.endpoint, aws: endpoint },
    ...(role === undefined ? {} : { role }),
  };
}

function closing(
  { name, repository: { fullName } }: Realm,
  wanted: AwsSetup,
  { steps, endpoint }: Bootstrapped,
  applied: boolean,
): readonly string[] {
  const { account, region } = wanted.where;
  const here = `account ${account} in ${region}`;
  const lines: string[] = [];
  if (steps.length === 0) lines.push(`${here} holds what realm ${name} needs`);
  else if (applied) lines.push(`${here}: done, ${counted(steps.length, "step")}`);
  else lines.push(`${here}: ${counted(steps.length, "step")} to take; --apply takes them`);
  lines.push(
    isEndpoint(wanted.endpoint, endpoint)
      ? `endpoint ${endpoint}, as in realm.yaml`
      : `endpoint is ${printable(endpoint)}, and realm.yaml says ${wanted.endpoint}: set broker.endpoint`,
  );
  const role = roleArn(wanted);
  if (role !== undefined && (applied || steps.length === 0)) {
    lines.push(
      `next: gh variable set WARREN_AWS_ROLE --repo ${fullName} --body ${role}`,
      `      gh variable set WARREN_AWS_REGION --repo ${fullName} --body ${region}`,
    );
  }
  return lines;
}
