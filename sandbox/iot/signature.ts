import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { IotRefusal } from "./refusal.ts";

export interface AccessKey {
  readonly id: string;
  readonly secret: string;
}

export interface SignedRequest {
  readonly method: string;
  /** As it came, with its query; what is escaped in it stays so. */
  readonly url: URL;
  readonly header: (name: string) => string | undefined;
  readonly body: string;
}

const ALGORITHM = "AWS4-HMAC-SHA256";
/** The data plane is a service of its own, also where it stands behind one address with the other. */
const serviceAt = (path: string): string => (path.startsWith("/connections/") ? "iotdata" : "iot");
/** How far clocks may differ, in milliseconds. */
const SKEW = 5 * 60_000;

/** Refuses a request that `key` did not sign (AWS Signature Version 4). */
export function checkSignature(request: SignedRequest, key: AccessKey, region: string, now: Date): void {
  const authorization = readAuthorization(request.header("authorization"));
  const { keyId, day, scope, signedHeaders, signature } = authorization;
  const service = serviceAt(request.url.pathname);
  if (keyId !== key.id) {
    throw new IotRefusal(
      "UnrecognizedClientException",
      "The security token included in the request is invalid.",
    );
  }
  if (scope !== `${day}/${region}/${service}/aws4_request`) {
    throw wrong(`Credential should be scoped to ${region}/${service}.`);
  }
  const time = request.header("x-amz-date") ?? "";
  if (!signedHeaders.includes("host") || !signedHeaders.includes("x-amz-date") || !time.startsWith(day)) {
    throw wrong("host and x-amz-date must be signed.");
  }
  if (!(Math.abs(readTime(time) - now.getTime()) <= SKEW)) throw wrong(`Signature expired: ${time}`);

  const text = [ALGORITHM, time, scope, sha256(canonicalRequest(request, signedHeaders))].join("\n");
  const signingKey = [day, region, service, "aws4_request"].reduce<string | Buffer>(
    hmac,
    `AWS4${key.secret}`,
  );
  if (!timingSafeEqual(hmac(signingKey, text), signature)) {
    throw wrong("The request signature we calculated does not match the signature you provided.");
  }
}

function readAuthorization(header: string | undefined) {
  const [, keyId = "", scope = "", signedHeaders = "", signature = ""] =
    /^AWS4-HMAC-SHA256 Credential=([^/,\s]+)\/([^,\s]+), ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/.exec(
      header ?? "",
    ) ?? [];
  if (keyId === "")
    throw new IotRefusal("MissingAuthenticationTokenException", "Missing Authentication Token");
  return {
    keyId,
    scope,
    day: scope.slice(0, 8),
    signedHeaders: signedHeaders.split(";"),
    signature: Buffer.from(signature, "hex"),
  };
}

function canonicalRequest(
  { method, url, header, body }: SignedRequest,
  signedHeaders: readonly string[],
): string {
  const query = [...url.searchParams]
    .map(([name, value]) => `${escapeUri(name)}=${escapeUri(value)}`)
    .sort()
    .join("&");
  const headers = signedHeaders.map(
    (name) => `${name}:${(header(name) ?? "").trim().replaceAll(/[ \t]+/g, " ")}`,
  );
  // All services but S3 escape the path once more.
  const path = url.pathname.split("/").map(escapeUri).join("/");
  return [method, path, query, ...headers, "", signedHeaders.join(";"), sha256(body)].join("\n");
}

const escapeUri = (text: string): string =>
  encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );

/** `20261121T083000Z` in milliseconds. */
const readTime = (text: string): number =>
  Date.parse(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();
const wrong = (message: string): IotRefusal => new IotRefusal("InvalidSignatureException", message);
