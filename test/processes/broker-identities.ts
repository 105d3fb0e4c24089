import { generateKeyPairSync } from "node:crypto";
import { join } from "node:path";
import { LocalCa } from "../../adapters/local-ca/ca.ts";
import { subjectNameOf } from "../../core/computer/enrollment.ts";
import { makeCsr, pemOf, subjectOf } from "../core/made-csr.ts";
import { id } from "../made/access.ts";

export const CLIENT_ID_SUFFIX = ".tunnels.example.org";

/** A computer as its broker knows it. */
export interface BrokerIdentity {
  /** Its client id, and its certificate's common name. */
  readonly clientId: string;
  /** PEM. */
  readonly key: string;
  readonly cert: string;
}

/** What a realm's own CA gives to its broker and its computers. */
export interface BrokerIdentities {
  /** PEM. */
  readonly ca: string;
  /** For 127.0.0.1 and localhost. */
  readonly server: { readonly keyPem: string; readonly certPem: string };
  of(computer: string): Promise<BrokerIdentity>;
}

export async function makeIdentities(folder: string): Promise<BrokerIdentities> {
  const ca = await LocalCa.open(join(folder, "ca"));
  return {
    ca: ca.certPem,
    server: await ca.serverCertificate(["127.0.0.1", "localhost"]),
    of: async (computer) => {
      const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
      const { CN, OU, O } = subjectNameOf(id(computer), CLIENT_ID_SUFFIX);
      const cert = await ca.sign(pemOf(makeCsr({ keys, subject: subjectOf(CN, OU, O) })));
      return { clientId: CN, key: keys.privateKey.export({ type: "pkcs8", format: "pem" }).toString(), cert };
    },
  };
}
