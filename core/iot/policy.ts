import type { RealmName, Role } from "../names.ts";
import type { Realm } from "../realm/realm.ts";

/** An AWS IoT Core policy (docs.aws.amazon.com/iot, "AWS IoT Core policies"). */
export interface PolicyDocument {
  readonly Version: "2012-10-17";
  readonly Statement: readonly PolicyStatement[];
}

export interface PolicyStatement {
  readonly Effect: "Allow" | "Deny";
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: unknown;
}

/** AWS's limit on a document, in characters without blanks. */
export const LONGEST_POLICY = 2048;

/** Where a realm's things stand on AWS. */
export interface AwsPlace {
  readonly region: string;
  /** Twelve digits. */
  readonly account: string;
}

/** China and GovCloud are AWSes of their own: `aws` in an ARN is the rest of the world. */
export function partitionOf(region: string): "aws" | "aws-cn" | "aws-us-gov" {
  if (region.startsWith("cn-")) return "aws-cn";
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}

/** `kind` is what the resource is: `client`, `topic`, `topicfilter`, `cert`. */
export const iotArn = ({ region, account }: AwsPlace, kind: string, name: string): string =>
  `arn:${partitionOf(region)}:iot:${region}:${account}:${kind}/${name}`;

/** What AWS puts in from the certificate: CN is the client id, O the system, OU the computer. */
const subject = (attribute: string): string => `\${iot:Certificate.Subject.${attribute}}`;
const CLIENT = subject("CommonName");
const SYSTEM = subject("Organization");
const COMPUTER = subject("OrganizationalUnit");

/**
 * The two policies that hold every certificate to its own job: a device hears its own control topic and tells its own
 * state; a controller does the reverse for all devices of its system. Neither can do anything else.
 */
export function policyDocuments(realm: Realm, where: AwsPlace): Readonly<Record<Role, PolicyDocument>> {
  const presence = realm.broker?.presence === true;
  const arn = (kind: string, name: string) => iotArn(where, kind, name);
  const topic = (computer: string, leaf: string) => topicOf(realm.name, computer, leaf);
  const told = presence ? ["state", "presence"] : ["state"];

  const device = [
    allow("iot:Connect", [arn("client", CLIENT)]),
    allow("iot:Subscribe", [arn("topicfilter", topic(COMPUTER, "control"))]),
    allow("iot:Receive", [arn("topic", topic(COMPUTER, "control"))]),
    allow(
      "iot:Publish",
      told.map((leaf) => arn("topic", topic(COMPUTER, leaf))),
    ),
    ...(presence ? [allow("iot:RetainPublish", [arn("topic", topic(COMPUTER, "presence"))])] : []),
  ];
  const controller = [
    allow("iot:Connect", [arn("client", CLIENT)]),
    allow("iot:Publish", [arn("topic", topic("*", "control"))]),
    allow(
      "iot:Subscribe",
      told.map((leaf) => arn("topicfilter", topic("*", leaf))),
    ),
    allow(
      "iot:Receive",
      told.map((leaf) => arn("topic", topic("*", leaf))),
    ),
  ];
  return { device: document(device), controller: document(controller) };
}

const topicOf = (realm: RealmName, computer: string, leaf: string): string =>
  `${realm}/${SYSTEM}/${computer}/tunnel/${leaf}`;

const allow = (Action: string, Resource: readonly string[]): PolicyStatement => ({
  Effect: "Allow",
  Action,
  Resource,
});

const document = (Statement: readonly PolicyStatement[]): PolicyDocument => ({
  Version: "2012-10-17",
  Statement,
});
