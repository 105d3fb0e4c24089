import { createHash, createPrivateKey, createPublicKey } from "node:crypto";
import type { Access } from "../../core/access/access.ts";
import { type Bundle, bundleOf } from "../../core/access/bundle.ts";
import type { Sha256 } from "../../core/keys/csr.ts";
import { readKeyLine } from "../../core/keys/key-line.ts";
import { parseComputerId, parseRealmName, parseSystemName } from "../../core/names.ts";
import type { Parsed } from "../../core/place.ts";
import type { Realm, System } from "../../core/realm/realm.ts";
import type {
  AcceptedCertificate,
  AcceptedKey,
  ComputerRecord,
  Evidence,
} from "../../core/registry/record.ts";
import { type Instant, parseDuration, parseInstant } from "../../core/time.ts";

/** The value of a text that a test knows to be good. */
export function good<T>(read: Parsed<T>): T {
  if (!read.ok) throw new Error(read.problem);
  return read.value;
}

export const at = (text: string): Instant => good(parseInstant(text));
export const id = (text: string) => good(parseComputerId(text));

/** An Ed25519 key's PKCS #8 up to its 32 secret bytes (RFC 8410, section 7). */
const PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");

/** A public key that its seed alone decides. */
export function madeKey(seed: string): string {
  const type = Buffer.from("ssh-ed25519");
  const length = (bytes: Buffer) => {
    const prefix = Buffer.alloc(4);
    prefix.writeUInt32BE(bytes.length);
    return Buffer.concat([prefix, bytes]);
  };
  const secret = createHash("sha256").update(seed).digest();
  const pair = createPrivateKey({ key: Buffer.concat([PKCS8, secret]), format: "der", type: "pkcs8" });
  const { x = "" } = createPublicKey(pair).export({ format: "jwk" });
  const blob = Buffer.concat([length(type), length(Buffer.from(x, "base64url"))]);
  return `ssh-ed25519 ${blob.toString("base64")}`;
}

const evidence: Evidence = {
  issue: 1,
  digest: `sha256:${"0".repeat(64)}`,
  submitter: { id: 583231, login: "alice" },
  approvers: [],
  rule: "systems.hula.trust[0]",
  realmCommit: "1".repeat(40),
  at: at("2026-11-21T08:00:00Z"),
};

export const accepted = (key: string, end?: string): AcceptedKey => ({
  key,
  fingerprint: good(readKeyLine(key)).fingerprint,
  ...(end === undefined ? {} : { end: at(end) }),
  evidence,
});

const sha256 = "0".repeat(64) as Sha256;

export const madeCertificate: AcceptedCertificate = {
  certificate: "ab".repeat(32),
  arn: "arn:aws:iot:eu-central-1:1:cert/ab",
  pem: "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
  csrSha256: sha256,
  keySha256: sha256,
  evidence,
};

/** A bundle that holds every file, as a proxy that holds nothing is sent. */
export const wholeBundle = ({ manifest, files }: Access): Bundle =>
  bundleOf(manifest, { kind: "empty" }, files);

/** A record of a computer with one key of its own, and what `more` says. */
export const madeRecord = (text: string, more: Partial<ComputerRecord> = {}): ComputerRecord => ({
  format: 1,
  id: id(text),
  sequence: 1,
  sshKeys: [accepted(madeKey(text))],
  hostKeys: [],
  certificates: [],
  refused: [],
  history: [],
  ...more,
});

export const revocation = {
  reason: "lost",
  by: { id: 583231, login: "alice" },
  at: at("2026-11-21T09:00:00Z"),
} as const;

export const madeSystem = (name: string, more: Partial<System> = {}): System => ({
  name: good(parseSystemName(name)),
  description: name,
  proxy: "eu",
  ports: { first: 61000, last: 61999 },
  allocate: "next",
  login: ["atlas"],
  legacy: false,
  admins: [],
  trust: [],
  at: { file: "realm.yaml", line: 1, col: 1 },
  ...more,
});

/** A realm `atlas` with the proxies `eu` and `us`. */
export const madeRealm = (systems: readonly System[], more: Partial<Realm> = {}): Realm => ({
  name: good(parseRealmName("atlas")),
  repository: { fullName: "wildlife/atlas" },
  clientIdSuffix: "",
  people: [],
  admins: [],
  proxies: ["eu", "us"].map((name) => ({
    name,
    host: `${name}.example.org`,
    port: 22,
    hostKeys: [{ type: "ssh-ed25519", bits: 256, ...hostKeyOf(name) }],
    syncUser: "warren-sync",
  })),
  signers: [],
  keys: { ssh: [], x509: [] },
  systems,
  rotationOverlap: good(parseDuration("7d")),
  freeze: false,
  unprotected: false,
  ...more,
});

function hostKeyOf(proxy: string) {
  const { line, fingerprint } = good(readKeyLine(madeKey(`proxy ${proxy}`)));
  return { line, fingerprint };
}
