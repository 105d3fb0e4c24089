import type { KeyPolicy } from "../realm/model.ts";

/** What `keys.ssh` of realm.yaml may name; `rsa-N` means RSA of N bits or more. */
export const SSH_POLICY_WORDS = [
  "ssh-ed25519",
  "sk-ssh-ed25519@openssh.com",
  "sk-ecdsa-sha2-nistp256@openssh.com",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "rsa-2048",
  "rsa-3072",
  "rsa-4096",
] as const;

/** What `keys.x509` of realm.yaml may name. */
export const X509_POLICY_WORDS = ["ec-p256", "ec-p384", "rsa-2048", "rsa-3072", "rsa-4096"] as const;

/** The policy of a realm that says nothing about keys. */
export const DEFAULT_KEY_POLICY = {
  ssh: [
    "ssh-ed25519",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "rsa-3072",
  ],
  x509: ["ec-p256", "ec-p384", "rsa-2048"],
} as const satisfies KeyPolicy;

/** Why a realm's policy does not let this key in; undefined: it does. */
export function keyProblem(
  policy: KeyPolicy,
  key: { readonly type: string; readonly bits: number },
): string | undefined {
  const isX509 = /^(ec-p|rsa-)/.test(key.type);
  const [what, list, words] = isX509 ? ["x509", "keys.x509", policy.x509] : ["ssh", "keys.ssh", policy.ssh];
  if (words.some((word) => admits(word, key))) return undefined;
  const shown = isRsa(key) ? `RSA of ${key.bits} bits` : JSON.stringify(key.type);
  return `${what} key is ${shown}; ${list} allows ${words.map(spoken).join(", ")}`;
}

const isRsa = ({ type }: { readonly type: string }): boolean => type === "ssh-rsa" || type.startsWith("rsa-");

const admits = (word: string, key: { readonly type: string; readonly bits: number }): boolean =>
  isRsa(key) ? word.startsWith("rsa-") && key.bits >= Number(word.slice("rsa-".length)) : word === key.type;

const spoken = (word: string): string =>
  word.startsWith("rsa-") ? `RSA of ${word.slice(4)} bits or more` : word;
