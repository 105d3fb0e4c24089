import ssh2, { type AuthContext, type PublicKeyAuthContext } from "ssh2";
import type { KeyLine } from "../../core/keys/key-line.ts";
import { fingerprintOf } from "../../core/keys/key-line.ts";
import type { Accounts } from "./accounts.ts";

/** Who is at the other end of a connection. */
export type Login =
  | { readonly kind: "sync" }
  | { readonly kind: "computer"; readonly account: string; readonly blob: Buffer };

/** The one account with a forced command of its own: its key brings bundles. */
export interface SyncAccount {
  readonly user: string;
  readonly key: KeyLine;
}

/** Publickey only. A client first asks whether a key would do, and signs with it after a yes. */
export async function logIn(
  context: AuthContext,
  accounts: Accounts,
  sync: SyncAccount,
): Promise<Login | undefined> {
  if (context.method !== "publickey") return undefined;
  const { username, key } = context;
  if (username === sync.user) {
    const known = fingerprintOf(key.data) === sync.key.fingerprint;
    return known && isSigned(context, sync.key) ? { kind: "sync" } : undefined;
  }
  const grant = await accounts.grantOf(username, key.data);
  if (grant === undefined || !isSigned(context, grant.key)) return undefined;
  return { kind: "computer", account: username, blob: key.data };
}

function isSigned(context: PublicKeyAuthContext, { line }: KeyLine): boolean {
  if (context.signature === undefined || context.blob === undefined) return true;
  const key = ssh2.utils.parseKey(line);
  return !(key instanceof Error) && key.verify(context.blob, context.signature, context.hashAlgo) === true;
}
