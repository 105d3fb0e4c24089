import { isInForce } from "../decision/standing.ts";
import { subjectOfCertificate } from "../keys/certificate-subject.ts";
import { expiryOf } from "../keys/certificate-validity.ts";
import { formatId } from "../names.ts";
import type { CertificateDescription, CertificateSummary } from "../ports/certificates.ts";
import type { Realm } from "../realm/realm.ts";
import { type Instant, later } from "../time.ts";
import { isOrphan, ORPHAN_AGE, ourSubject } from "./certificate-steps.ts";
import type { Registry } from "./registry.ts";

/** Whose a certificate is. */
export type Holder =
  /** A record names it. `end`: its access ends before the certificate does. */
  | { readonly kind: "record"; readonly computer: string; readonly end?: Instant }
  /** Revoked, or its end has come; the next sweep removes it. */
  | { readonly kind: "over"; readonly computer: string }
  /** Never active, over an hour old, of exactly a subject of this realm, and no record names it: it may be removed. */
  | { readonly kind: "orphan"; readonly computer: string }
  /** Of a subject of this realm, and no record names it: too young for an orphan, or it is or was in use. */
  | { readonly kind: "unnamed"; readonly computer: string }
  /** Another's: never touched. */
  | { readonly kind: "foreign" };

export interface SurveyedCertificate {
  readonly certificate: string;
  /** `gone`: a record names it, and the service has none such; `unknown`: the service was not asked. */
  readonly status: CertificateSummary["status"] | "gone" | "unknown";
  /** As AWS writes it: `CN=…,OU=…,O=…`; left out where it is none that Warren's requests have. */
  readonly subject?: string;
  readonly created?: Instant;
  readonly expires?: Instant;
  readonly holder: Holder;
}

/** Those that no record names: of them alone the service must be asked what their subject is. */
export function unnamedIn(
  registry: Registry,
  listed: readonly CertificateSummary[],
): readonly CertificateSummary[] {
  const named = namedIn(registry);
  return listed.filter(({ certificate }) => !named.has(certificate));
}

function namedIn(registry: Registry): ReadonlySet<string> {
  const named = new Set<string>();
  for (const { certificates } of registry.all())
    for (const { certificate } of certificates) named.add(certificate);
  return named;
}

/**
 * Puts one listing of the service, undefined where there is none to ask, beside a registry that was read after it. Those
 * of records come first, in the registry's order.
 */
export function surveyOf(
  realm: Realm,
  registry: Registry,
  listed: readonly CertificateSummary[] | undefined,
  described: ReadonlyMap<string, CertificateDescription>,
  now: Instant,
): readonly SurveyedCertificate[] {
  const held = new Map(listed?.map((summary) => [summary.certificate, summary]));
  const refused = new Map<string, string>();
  const named: SurveyedCertificate[] = [];
  for (const record of registry.all()) {
    const computer = formatId(record.id);
    for (const { certificate } of record.refused)
      if (certificate !== undefined) refused.set(certificate, computer);
    for (const part of record.certificates) {
      const { certificate, pem, end } = part;
      const holder: Holder = isInForce(part, now)
        ? { kind: "record", computer, ...(end === undefined ? {} : { end }) }
        : { kind: "over", computer };
      const summary = held.get(certificate);
      const status = summary?.status ?? (listed === undefined ? "unknown" : "gone");
      const created = summary === undefined ? {} : { created: summary.createdAt };
      named.push({ certificate, status, ...seenIn(pem), ...created, holder });
    }
  }
  const others = unnamedIn(registry, listed ?? []).map((summary): SurveyedCertificate => {
    const { certificate, status, createdAt } = summary;
    const found = described.get(certificate);
    const computer = refused.get(certificate);
    const holder: Holder =
      computer === undefined ? holderOfUnnamed(realm, summary, found, now) : { kind: "over", computer };
    return {
      certificate,
      status: found?.status ?? status,
      ...(found === undefined ? {} : seenIn(found.pem)),
      created: createdAt,
      holder,
    };
  });
  return [...named, ...others];
}

function holderOfUnnamed(
  realm: Realm,
  { createdAt }: CertificateSummary,
  found: CertificateDescription | undefined,
  now: Instant,
): Holder {
  const id = found === undefined ? undefined : ourSubject(realm, found.pem);
  if (found === undefined || id === undefined) return { kind: "foreign" };
  const computer = formatId(id);
  const old = later(createdAt, ORPHAN_AGE) <= now;
  return { kind: old && isOrphan(realm, found) ? "orphan" : "unnamed", computer };
}

function seenIn(pem: string): Pick<SurveyedCertificate, "subject" | "expires"> {
  const subject = subjectOfCertificate(pem);
  const expires = expiryOf(pem);
  return {
    ...(subject.ok
      ? {
          subject: `CN=${subject.value.commonName},OU=${subject.value.organizationalUnit},O=${subject.value.organization}`,
        }
      : {}),
    ...(expires === undefined ? {} : { expires }),
  };
}
