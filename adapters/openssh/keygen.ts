import { causeOf, Failure } from "../../core/failure.ts";
import { readKeyLine } from "../../core/keys/key-line.ts";
import { lastLine } from "../../core/lines.ts";
import { readInput } from "../files/read.ts";
import { run } from "./run.ts";

/** Makes an Ed25519 key without a passphrase: `path`, of mode 0600, and `path`.pub; returns `<type> <base64>`. */
export async function makeKey(path: string, comment = ""): Promise<string> {
  const args = ["-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", path];
  const ended = await run("ssh-keygen", args, { timeout: 10_000 }).catch((cause: unknown) => {
    throw new Failure("usage", `ssh-keygen can't be run: ${causeOf(cause)}`, {
      cause,
      hint: "install the OpenSSH client",
    });
  });
  if (ended.status !== 0)
    throw new Failure("usage", `ssh-keygen made no key at ${path}: ${lastLine(ended.stderr)}`);
  return readPublicKey(`${path}.pub`);
}

/** `<type> <base64>` of a .pub file, without its comment. */
export async function readPublicKey(path: string): Promise<string> {
  const text = await readInput(path);
  const key = readKeyLine(text.trim().split(/\s+/).slice(0, 2).join(" "));
  if (!key.ok) throw new Failure("usage", `${path} holds no public key: ${key.problem}`);
  return key.value.line;
}
