import type { CertificateDescription, CertificateSummary, Certificates } from "../core/ports/certificates.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { RegistryStore } from "../core/ports/registry.ts";
import type { Realm } from "../core/realm/realm.ts";
import { isOrphan } from "../core/registry/certificate-steps.ts";
import { type SurveyedCertificate, surveyOf, unnamedIn } from "../core/registry/certificate-survey.ts";

export interface SurveyPorts {
  realm(): Promise<Realm>;
  readonly registry: Pick<RegistryStore, "snapshot">;
  /** Undefined: realm.yaml names no service that could be asked. */
  certificatesOf(realm: Realm): Promise<Certificates | undefined>;
  readonly clock: Clock;
}

export interface Surveyed {
  readonly certificates: readonly SurveyedCertificate[];
  /** Ids of what was removed. */
  readonly removed: readonly string[];
}

/**
 * All certificates of a realm's service, and whose they are. With `removeOrphans`, those that are nobody's go; each is
 * looked at once more before, and no other is ever touched.
 */
export async function surveyCertificates(
  ports: SurveyPorts,
  { removeOrphans }: { readonly removeOrphans: boolean },
): Promise<Surveyed> {
  const realm = await ports.realm();
  const service = await ports.certificatesOf(realm);
  const listed: CertificateSummary[] | undefined = service === undefined ? undefined : [];
  if (service !== undefined) for await (const summary of service.list()) listed?.push(summary);
  // Read after the listing: what was committed meanwhile is in it.
  const { registry } = await ports.registry.snapshot();
  const described = new Map<string, CertificateDescription>();
  for (const { certificate } of unnamedIn(registry, listed ?? [])) {
    const found = await service?.describe(certificate);
    if (found !== undefined) described.set(certificate, found);
  }
  const certificates = surveyOf(realm, registry, listed, described, ports.clock.now());
  const removed: string[] = [];
  if (service !== undefined && removeOrphans) {
    for (const { certificate, holder } of certificates) {
      if (holder.kind !== "orphan") continue;
      const now = await service.describe(certificate);
      if (now === undefined || !isOrphan(realm, now)) continue;
      await service.remove(certificate);
      removed.push(certificate);
    }
  }
  return { certificates, removed };
}
