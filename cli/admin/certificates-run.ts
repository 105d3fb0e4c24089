import { readRegistryFolder } from "../../adapters/files/registry-folder.ts";
import { certificatesOf, systemClock } from "../../adapters/wire.ts";
import { counted } from "../../core/counted.ts";
import { Failure } from "../../core/failure.ts";
import { printable } from "../../core/quote.ts";
import type { Realm } from "../../core/realm/realm.ts";
import { readRealmFile } from "../../core/realm/realm-file.ts";
import type { SurveyedCertificate } from "../../core/registry/certificate-survey.ts";
import { type SurveyPorts, surveyCertificates } from "../../flows/certificates.ts";
import { githubOf } from "../github.ts";
import { realmOf } from "../realm-of.ts";
import { repositoryOf } from "./verify-run.ts";

export interface CertificatesOptions {
  readonly removeOrphans?: boolean;
  readonly realm?: string;
  readonly registry?: string;
  readonly repository?: string;
}

export async function certificatesFromHere(options: CertificatesOptions) {
  const source = options.registry === undefined ? await onGithub(options) : await inFiles(options);
  const ports: SurveyPorts = { ...source, certificatesOf: serviceOf, clock: systemClock };
  const { certificates, removed } = await surveyCertificates(ports, {
    removeOrphans: options.removeOrphans === true,
  });
  const document = { certificates, removed };
  const lines = [
    // Subjects are whoever's they are.
    ...certificates.map((one) => printable(lineOf(one))),
    counted(certificates.length, "certificate"),
    ...(options.removeOrphans === true ? [`${counted(removed.length, "orphan")} removed`] : []),
  ];
  return { document, lines };
}

type Source = Pick<SurveyPorts, "realm" | "registry">;

async function onGithub({ realm, repository }: CertificatesOptions): Promise<Source> {
  if (realm !== undefined) throw new Failure("usage", "certificates needs --registry where --realm is given");
  const client = await githubOf();
  if (client === undefined) {
    throw new Failure("usage", "GITHUB_TOKEN is not set", {
      hint: "set it to a token that may read the repository, or give --realm and --registry",
    });
  }
  const { wireVerification } = await import("../../adapters/wire.ts");
  const { realm: source, registry } = wireVerification({
    client,
    repository: await repositoryOf(repository),
  });
  return { realm: async () => readRealmFile(await source.head()).realm, registry };
}

/** A checkout is as old as it is: by it nothing is removed that a newer one may name. */
async function inFiles({ realm = "realm.yaml", registry = "", removeOrphans }: CertificatesOptions) {
  if (removeOrphans === true)
    throw new Failure("usage", "orphans are removed by the registry on GitHub, not by a checkout", {
      hint: "leave --registry out",
    });
  const read = readRegistryFolder(registry);
  return {
    realm: () => realmOf({ realm, repository: undefined }, undefined),
    registry: { snapshot: async () => ({ head: "", registry: read }) },
  };
}

/** Of a broker of one's own the certificates are where its CA is, and in the registry. */
const serviceOf = async ({ broker }: Realm) =>
  broker?.type === "aws-iot" ? certificatesOf(broker) : undefined;

function lineOf(one: SurveyedCertificate): string {
  const { certificate, status, subject = "another's subject", created, expires } = one;
  const times = [
    ...(created === undefined ? [] : [`since ${created}`]),
    ...(expires === undefined ? [] : [`expires ${expires}`]),
  ];
  return [certificate.slice(0, 12), status.padEnd(8), holderWords(one), subject, ...times].join("  ");
}

function holderWords({ holder }: SurveyedCertificate): string {
  switch (holder.kind) {
    case "record":
      return `${holder.computer}${holder.end === undefined ? "" : ` until ${holder.end}`}`;
    case "over":
      return `${holder.computer}, over`;
    case "orphan":
      return `orphan of ${holder.computer}`;
    case "unnamed":
      return `${holder.computer}, in no record`;
    case "foreign":
      return "foreign";
  }
}
