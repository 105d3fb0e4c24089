import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
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
  const subject = subjectOf(peer.subject);
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

/** Node prints a subject as `CN=…` lines, one an attribute; with one of them twice, AWS would go by the first alone. */
function subjectOf(lines: string): PolicySubject | undefined {
  const attributes = new Map<string, string>();
  for (const line of lines.split("\n")) {
    const [, name = "", value = ""] = /^([A-Za-z0-9.]+)=(.*)$/.exec(line) ?? [];
    if (name === "" || attributes.has(name)) return undefined;
    attributes.set(name, value);
  }
  return {
    commonName: attributes.get("CN") ?? "",
    organization: attributes.get("O") ?? "",
    organizationalUnit: attributes.get("OU") ?? "",
  };
}
