import type { SignedText } from "../keys/signed-text.ts";

/** What a computer asks its proxy's serving program, over its own pinned connection. */
export interface ProxyDesk {
  ask(question: "whoami" | "directory" | "certificate" | "release"): Promise<string>;
}

/** Checks an SSHSIG against the keys a computer pinned. */
export interface SignatureCheck {
  /** Namespace `warren-directory`; true if one of `signers` (public key lines) made it over exactly `text`. */
  verify(text: string, signature: string, signers: readonly string[]): Promise<boolean>;
}

/** Where a computer keeps the newest directory that it has verified: `directory.json` and its signature. */
export interface DirectoryStore {
  load(): Promise<SignedText | undefined>;
  save(directory: SignedText): Promise<void>;
}

/** The authorized_keys files of a device's accounts. */
export interface LoginKeys {
  /** Empty if there is no file yet. */
  read(account: string): Promise<string>;
  write(account: string, text: string): Promise<void>;
}
