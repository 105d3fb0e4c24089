import type { Bundle, Outcome } from "../access/bundle.ts";
import type { Held } from "../access/held.ts";
import type { ProxyHost } from "../realm/realm.ts";

/** The way to a proxy's `apply`: one ssh connection, in which the proxy first says what it holds. */
export interface Proxies {
  /** Undefined from `respond` means: nothing to do. A proxy that refuses the bundle says why in the outcome. */
  exchange(
    proxy: ProxyHost,
    respond: (held: Held) => Promise<Bundle | undefined>,
  ): Promise<Outcome | undefined>;
}

/** Signs what computers will rely on, with a key that no proxy holds. */
export interface Signer {
  /** An armored SSHSIG over `text`, namespace `warren-directory`. */
  sign(text: string): Promise<string>;
}
