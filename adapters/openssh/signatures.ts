import { join } from "node:path";
import { causeOf, Failure } from "../../core/failure.ts";
import { lastLine } from "../../core/lines.ts";
import type { SignatureCheck } from "../../core/ports/computer.ts";
import type { Signer } from "../../core/ports/proxies.ts";
import { inPrivateFolder } from "../files/private-folder.ts";
import { writeSecret } from "../files/write.ts";
import { run } from "./run.ts";

/** What a signature is for: one made for the other purpose never passes (PROTOCOL.sshsig). */
export type SignatureNamespace = "warren-directory" | "warren-enroll";

const LIMITS = { timeout: 10_000 };
/** allowed_signers wants a name for who may sign; every pinned key goes by this one. */
const PRINCIPAL = "realm";

/** `ssh-keygen -Y sign`: an armored SSHSIG over exactly `text`, by the key in the file `key`. */
export function signWithKey(key: string, namespace: SignatureNamespace, text: string): Promise<string> {
  return keygen(["-Y", "sign", "-n", namespace, "-f", key], text);
}

/** Signs directories with the realm's key, which stands in a file of mode 0600. */
export class SshSigner implements Signer {
  readonly #key: string;

  constructor(key: string) {
    this.#key = key;
  }

  sign(text: string): Promise<string> {
    return signWithKey(this.#key, "warren-directory", text);
  }
}

/** `ssh-keygen -Y verify` against an allowed_signers file that holds the pinned keys and nothing else. */
export class SshSignatureCheck implements SignatureCheck {
  readonly #namespace: SignatureNamespace;

  constructor(namespace: SignatureNamespace = "warren-directory") {
    this.#namespace = namespace;
  }

  verify(text: string, signature: string, signers: readonly string[]): Promise<boolean> {
    return inPrivateFolder(async (folder) => {
      const [allowed, armored] = [join(folder, "allowed_signers"), join(folder, "signature")];
      const lines = signers.map((key) => `${PRINCIPAL} namespaces="${this.#namespace}" ${key}\n`);
      await writeSecret(allowed, lines.join(""));
      await writeSecret(armored, signature);
      const question = ["-Y", "verify", "-n", this.#namespace, "-I", PRINCIPAL, "-f", allowed, "-s", armored];
      const ended = await run("ssh-keygen", question, { ...LIMITS, input: text }).catch(failed);
      return ended.status === 0;
    });
  }
}

async function keygen(args: readonly string[], input: string): Promise<string> {
  const ended = await run("ssh-keygen", args, { ...LIMITS, input }).catch(failed);
  if (ended.status !== 0) throw new Failure("usage", `ssh-keygen did not sign: ${lastLine(ended.stderr)}`);
  return ended.stdout;
}

function failed(cause: unknown): never {
  const hint = "install the OpenSSH client";
  throw new Failure("usage", `ssh-keygen can't be run: ${causeOf(cause)}`, { cause, hint });
}
