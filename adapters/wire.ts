import type { Certificates } from "../core/ports/certificates.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { PullRequests } from "../core/ports/pull-requests.ts";
import type { Broker } from "../core/realm/realm.ts";
import { instantOf } from "../core/time.ts";
import type { AdmitPorts } from "../flows/admit.ts";
import type { CheckPorts } from "../flows/check.ts";
import type { RealmPorts } from "../flows/doctor.ts";
import { once } from "../flows/once.ts";
import { type LivePlanPorts, planLive } from "../flows/plan.ts";
import type { SyncPorts } from "../flows/sync.ts";
import type { VerifyPorts } from "../flows/verify.ts";
import { FollowedRealm } from "./followed-realm.ts";
import { GitHubAllowance } from "./github/allowance.ts";
import type { Self } from "./github/answering.ts";
import { GitHubBranchRules } from "./github/branch-rules.ts";
import { GitHubChecks } from "./github/checks.ts";
import type { ForgeClient, Repository } from "./github/client.ts";
import { GitHubHeads } from "./github/heads.ts";
import { GitHubInbox } from "./github/inbox.ts";
import { GitHubRepositoryLook } from "./github/inspection/repository-look.ts";
import { GitHubPeople } from "./github/people.ts";
import { GitHubPullRequests } from "./github/pull-requests.ts";
import { GitHubRealmSource } from "./github/realm-source.ts";
import { GitHubRegistryStore } from "./github/registry-store.ts";
import { GitHubUsers } from "./github/users.ts";
import { SshSignatureCheck, SshSigner } from "./openssh/signatures.ts";
import { SshProxies } from "./proxy/exchange.ts";
import { RealmCertificates } from "./realm-certificates.ts";

export interface AdmissionWiring {
  readonly client: ForgeClient;
  readonly repository: Repository;
  readonly self: Self;
  /** Left out: what realm.yaml's broker needs. */
  readonly certificates?: Certificates;
  /** PEM; needed where realm.yaml's broker has a CA of its own. */
  readonly caKey?: string | undefined;
}

export const systemClock: Clock = { now: () => instantOf(new Date()) };

/** All that `admit` and `sweep` need of the outside, for one repository. */
export function wireAdmission({
  client,
  repository,
  self,
  certificates,
  caKey,
}: AdmissionWiring): AdmitPorts {
  const realm = new FollowedRealm(new GitHubRealmSource(client, repository));
  return {
    inbox: new GitHubInbox(client, repository, { self }),
    people: new GitHubPeople(client),
    realm,
    registry: new GitHubRegistryStore(client, repository, { missing: "create" }),
    certificates: certificates ?? new RealmCertificates(realm, (broker) => certificatesOf(broker, caKey)),
    proofs: new SshSignatureCheck("warren-enroll"),
    clock: systemClock,
  };
}

/** All that the check of pull requests needs of the outside, for one repository; of it, it writes checks alone. */
export const wireCheck = ({
  client,
  repository,
  self,
}: Pick<AdmissionWiring, "client" | "repository" | "self">): CheckPorts & {
  readonly pulls: PullRequests;
} => ({
  pulls: new GitHubPullRequests(client, repository),
  checks: new GitHubChecks(client, repository, self),
  allowance: new GitHubAllowance(client),
  realm: new GitHubRealmSource(client, repository),
  registry: new GitHubRegistryStore(client, repository, { missing: "fail" }),
  people: new GitHubPeople(client),
  inbox: new GitHubInbox(client, repository, { self }),
  proofs: new SshSignatureCheck("warren-enroll"),
  clock: systemClock,
});

/** All that `verify` needs of the outside, for one repository; it writes nothing. */
export const wireVerification = ({
  client,
  repository,
}: Pick<AdmissionWiring, "client" | "repository">): VerifyPorts => ({
  realm: new GitHubRealmSource(client, repository),
  registry: new GitHubRegistryStore(client, repository, { missing: "fail" }),
  people: new GitHubPeople(client),
  clock: systemClock,
});

export interface SyncWiring {
  readonly client: ForgeClient;
  readonly repository: Repository;
  /** Files of mode 0600: the key that the proxies let in, and the one that signs directories. */
  readonly syncKey: string;
  readonly signingKey: string;
  /** PEM; needed where the realm's own broker runs on a proxy's host. */
  readonly caKey?: string | undefined;
  /** Whether an issue about drift will be written: then its like is looked for. */
  readonly notices?: boolean;
}

/** All that `sync` needs of the outside, for one repository. */
export const wireSync = ({
  client,
  repository,
  syncKey,
  signingKey,
  caKey,
  notices = false,
}: SyncWiring): SyncPorts => ({
  heads: new GitHubHeads(client, repository, { notices }),
  registry: new GitHubRegistryStore(client, repository, { missing: "fail" }),
  rules: new GitHubBranchRules(client, repository),
  proxies: new SshProxies(syncKey),
  signer: new SshSigner(signingKey),
  lists: {
    async print(broker, revoked) {
      const { caOfBroker } = await import("./local-ca/broker-ca.ts");
      return (await caOfBroker(broker, caKey)).revocationList(revoked);
    },
  },
});

/** All that a live plan needs of the outside, for one repository; it writes nothing and signs nothing. */
export const wireLivePlan = ({
  client,
  repository,
  syncKey,
}: Pick<SyncWiring, "client" | "repository" | "syncKey">): LivePlanPorts => ({
  heads: new GitHubHeads(client, repository, { notices: false }),
  realm: new GitHubRealmSource(client, repository),
  registry: new GitHubRegistryStore(client, repository, { missing: "fail" }),
  proxies: new SshProxies(syncKey),
});

/** What `doctor` sees of a realm by one token; with the sync key also what the proxies hold. Writes nothing. */
export const wireDoctor = ({
  client,
  repository,
  syncKey,
}: Pick<SyncWiring, "client" | "repository"> & { readonly syncKey?: string }): Omit<
  RealmPorts,
  "network" | "now" | "app" | "version"
> => ({
  look: new GitHubRepositoryLook(client, repository),
  accounts: new GitHubUsers(client),
  people: new GitHubPeople(client),
  rules: new GitHubBranchRules(client, repository),
  heads: new GitHubHeads(client, repository, { notices: false }),
  registry: new GitHubRegistryStore(client, repository, { missing: "fail" }),
  ...(syncKey === undefined
    ? {}
    : { plans: once(() => planLive(wireLivePlan({ client, repository, syncKey }))) }),
});

/** Loaded when first needed: a realm without a broker needs no AWS SDK. */
export async function certificatesOf(broker: Broker, caKey?: string): Promise<Certificates> {
  if (broker.type === "aws-iot") {
    const { AwsIotCertificates } = await import("./aws-iot/certificates.ts");
    return new AwsIotCertificates({ region: broker.region, policies: broker.policies });
  }
  const { LocalCertificates } = await import("./local-ca/certificates.ts");
  const { caOfBroker } = await import("./local-ca/broker-ca.ts");
  return new LocalCertificates(await caOfBroker(broker, caKey), broker.validity);
}
