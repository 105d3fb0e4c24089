import { isInForce } from "../decision/standing.ts";
import { subjectOfCertificate } from "../keys/certificate-subject.ts";
import { type ComputerId, clientIdOf, formatId, parseComputerId } from "../names.ts";
import type { CertificateDescription, CertificateSummary } from "../ports/certificates.ts";
import type { Realm } from "../realm/realm.ts";
import { type Duration, type Instant, later } from "../time.ts";
import type { Registry } from "./registry.ts";

/** What the certificate service must be told so that it holds what the registry says. */
export type CertificateStep =
  | { readonly do: "activate"; readonly certificate: string; readonly why: string }
  | {
      readonly do: "remove";
      readonly certificate: string;
      readonly why: string;
      /** Of revoked ones. One whose end has come has a successor, which may hold the session by now. */
      readonly also?: "end session";
    }
  /** Nobody's: to be looked at, and removed if `isOrphan` says so. */
  | { readonly do: "inspect"; readonly certificate: string }
  /** Named by a record and in force, and the service has none such. */
  | { readonly do: "tell"; readonly certificate: string; readonly why: string };

/** Whoever signs has this long to commit the record that names the certificate. */
export const ORPHAN_AGE = 3600 as Duration;

/** Compares one listing of the service with a registry that was read after it. */
export function planCertificates(
  { name }: Realm,
  registry: Registry,
  listed: readonly CertificateSummary[],
  now: Instant,
): readonly CertificateStep[] {
  const held = new Map(listed.map((summary) => [summary.certificate, summary]));
  const steps: CertificateStep[] = [];
  const known = new Set<string>();
  const refused = new Map<string, string>();
  for (const record of registry.all()) {
    const id = formatId(record.id);
    for (const part of record.certificates) {
      const { certificate } = part;
      known.add(certificate);
      const status = held.get(certificate)?.status;
      if (!isInForce(part, now)) {
        if (status !== undefined) steps.push({ do: "remove", certificate, why: `${id}: its end has come` });
      } else if (record.id.realm !== name || status === "active") {
      } else if (status === "inactive") {
        steps.push({ do: "activate", certificate, why: `${id}: accepted, but not active` });
      } else {
        const how = status === undefined ? "is gone from the service" : "was revoked at the service itself";
        steps.push({ do: "tell", certificate, why: `${id}: its certificate ${how}; enrol it anew` });
      }
    }
    for (const { certificate } of record.refused) if (certificate !== undefined) refused.set(certificate, id);
  }
  for (const [certificate, id] of refused) {
    if (held.has(certificate) && !known.has(certificate))
      steps.push({
        do: "remove",
        certificate,
        why: `${id}: revoked, but still at the service`,
        also: "end session",
      });
  }
  for (const { certificate, status, createdAt } of listed) {
    if (known.has(certificate) || refused.has(certificate)) continue;
    if (status === "inactive" && later(createdAt, ORPHAN_AGE) <= now)
      steps.push({ do: "inspect", certificate });
  }
  return steps;
}

/** Still inactive, and of a subject that only this realm's requests have: nobody else's certificate is ever touched. */
export const isOrphan = (realm: Realm, { status, pem }: CertificateDescription): boolean =>
  status === "inactive" && ourSubject(realm, pem) !== undefined;

/** The computer of this realm that a certificate's subject names, exactly as our requests do. */
export function ourSubject({ name, clientIdSuffix }: Realm, pem: string): ComputerId | undefined {
  const subject = subjectOfCertificate(pem);
  if (!subject.ok) return undefined;
  const { commonName, organizationalUnit, organization } = subject.value;
  const id = parseComputerId(`${organizationalUnit}.${organization}.${name}`);
  return id.ok && commonName === clientIdOf(id.value, clientIdSuffix) ? id.value : undefined;
}
