import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { causeOf, Failure } from "../../core/failure.ts";
import { lastLine } from "../../core/lines.ts";
import { inPrivateFolder } from "../files/private-folder.ts";
import { run } from "./run.ts";

/** A key revocation list for sshd's RevokedKeys, by fingerprints (ssh-keygen(1)). An empty one revokes nothing. */
export const revokedKeys = (fingerprints: readonly string[]): Promise<Uint8Array> =>
  inPrivateFolder(async (folder) => {
    const list = join(folder, "krl");
    const names = fingerprints.map((fingerprint) => `hash: ${fingerprint}\n`).join("");
    const args = ["-q", "-k", "-f", list, "-"];
    const ended = await run("ssh-keygen", args, { timeout: 10_000, input: names }).catch((cause: unknown) => {
      throw new Failure("usage", `ssh-keygen can't be run: ${causeOf(cause)}`, {
        cause,
        hint: "install the OpenSSH client",
      });
    });
    if (ended.status !== 0)
      throw new Failure("refused", `ssh-keygen made no list of blocked keys: ${lastLine(ended.stderr)}`);
    return readFile(list);
  });
