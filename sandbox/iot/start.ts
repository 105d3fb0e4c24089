import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { LocalCa } from "../../adapters/local-ca/ca.ts";
import { policyDocuments } from "../../core/iot/policy.ts";
import type { Role } from "../../core/names.ts";
import type { Realm } from "../../core/realm/realm.ts";
import { ACCOUNT, Iot } from "./iot.ts";
import { type ServeIotOptions, serveIot } from "./serve.ts";

export interface IotStart extends Pick<ServeIotOptions, "throttled" | "fault"> {
  readonly realm: Realm;
  /** The CA's files go below it. */
  readonly dir: string;
  readonly now?: () => Date;
}

export interface StartedIot {
  readonly model: Iot;
  readonly ca: LocalCa;
  readonly url: string;
  /** What the AWS SDK needs to find the service, and to be let in. */
  readonly env: Record<string, string>;
  readonly caFile: string;
  readonly caPem: string;
  close(): Promise<void>;
}

const POLICIES: Readonly<Record<Role, string>> = { device: "tunnel.target", controller: "tunnel.controller" };

/** Starts the certificate service of a realm, with its CA and the realm's two policies. */
export async function startIot({
  realm,
  dir,
  now = () => new Date(),
  ...options
}: IotStart): Promise<StartedIot> {
  const folder = join(dir, "ca");
  const ca = await LocalCa.open(folder, now);
  const aws = realm.broker?.type === "aws-iot" ? realm.broker : undefined;
  const region = aws?.region ?? "eu-central-1";
  const model = new Iot({ ca, region, now });
  const documents = policyDocuments(realm, { region, account: ACCOUNT });
  const names = aws?.policies ?? POLICIES;
  model.createPolicy(names.device, JSON.stringify(documents.device));
  model.createPolicy(names.controller, JSON.stringify(documents.controller));

  const key = { id: `ASIA${randomName(16)}`, secret: randomBytes(30).toString("base64") };
  const served = await serveIot(model, { key, ...options });
  return {
    model,
    ca,
    url: served.url,
    env: {
      AWS_ENDPOINT_URL_IOT: served.url,
      AWS_ENDPOINT_URL_IOT_DATA_PLANE: served.url,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: key.id,
      AWS_SECRET_ACCESS_KEY: key.secret,
      // On Node 20 each process would begin with a page about Node 22.
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
    },
    caFile: join(folder, "ca.pem"),
    caPem: ca.certPem,
    close: served.close,
  };
}

const randomName = (length: number): string =>
  randomBytes(length).toString("hex").toUpperCase().slice(0, length);
