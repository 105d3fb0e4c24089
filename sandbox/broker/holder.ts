import type { Duplex } from "node:stream";
import { type Certificate, TLSSocket } from "node:tls";
import { allows, type IotAction, type PolicySubject } from "../../core/iot/evaluation.ts";
import type { Iot } from "../iot/iot.ts";

/** Whoever holds the certificate of one connection, and what its policies let them do. */
export interface Holder {
  readonly certificate: string;
  may(action: IotAction, kind: "client" | "topic" | "topicfilter", name: string): boolean;
}

/** Undefined: no certificate, one that the service doesn't know as active, or one whose subject says a thing twice. */
export function holderOf(connection: Duplex, iot: Iot): Holder | undefined {
  if (!(connection instanceof TLSSocket)) return undefined;
  const peer = connection.getPeerX509Certificate();
  if (peer === undefined) return undefined;
  const certificate = peer.fingerprint256.replaceAll(":", "").toLowerCase();
  const subject = subjectOf(connection.getPeerCertificate().subject);
  const known = iot.find(certificate);
  if (subject === undefined || known?.status !== "ACTIVE") return undefined;
  // `arn:aws:iot:<region>:<account>`, as in all names of this account.
  const prefix = known.arn.split(":").slice(0, 5).join(":");
  return {
    certificate,
    may: (action, kind, name) =>
      allows(iot.documentsOf(certificate), subject, action, `${prefix}:${kind}/${name}`),
  };
}

/** Node gives an attribute that stands twice as a list; AWS would go by its first value alone. */
function subjectOf({ CN = "", O = "", OU = "" }: Partial<Certificate>): PolicySubject | undefined {
  if (typeof CN !== "string" || typeof O !== "string" || typeof OU !== "string") return undefined;
  return { commonName: CN, organization: O, organizationalUnit: OU };
}
