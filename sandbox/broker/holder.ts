import type { Duplex } from "node:stream";
import { type Certificate, TLSSocket } from "node:tls";
import type { PolicyDocument } from "../../core/iot-policy.ts";
import { allows, type IotAction, type PolicySubject } from "../../core/iot-policy-evaluation.ts";
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
  if (subject === undefined || iot.find(certificate)?.status !== "ACTIVE") return undefined;
  return {
    certificate,
    may: (action, kind, name) => {
      const known = iot.find(certificate);
      if (known === undefined) return false;
      const documents = known.policies.map(
        (policy): PolicyDocument => JSON.parse(iot.policyDocument(policy)),
      );
      const [, , , region, account] = known.arn.split(":");
      return allows(documents, subject, action, `arn:aws:iot:${region}:${account}:${kind}/${name}`);
    },
  };
}

/** Node gives an attribute that stands twice as a list; AWS would go by its first value alone. */
function subjectOf({ CN = "", O = "", OU = "" }: Partial<Certificate>): PolicySubject | undefined {
  if (typeof CN !== "string" || typeof O !== "string" || typeof OU !== "string") return undefined;
  return { commonName: CN, organization: O, organizationalUnit: OU };
}
