import { createPrivateKey } from "node:crypto";
import { statSync } from "node:fs";
import { isAbsolute, relative } from "node:path";
import { readBytesNow } from "../adapters/files/read.ts";
import { causeOf } from "../core/failure.ts";

export type Refuse = (problem: string) => undefined;

/** A secret out of the environment: the variable itself, or the file that `<name>_PATH` names. */
export interface SecretSource {
  readonly name: string;
  readonly text: string | undefined;
  readonly path: string | undefined;
  /** Where systemd put this unit's credentials. */
  readonly credentials: string | undefined;
}

/** Others must not read it. Problems never quote what was read. */
export function readSecret(
  { name, text, path, credentials }: SecretSource,
  refuse: Refuse,
): string | undefined {
  if (text !== undefined) return text;
  if (path === undefined) return undefined;
  try {
    const mode = statSync(path).mode & 0o777;
    // Under an access list systemd's mode shows the list's mask as that of a group.
    const open = isIn(credentials, path) ? 0o037 : 0o077;
    if ((mode & open) !== 0) {
      return refuse(`${name}_PATH ${path} has mode ${mode.toString(8).padStart(3, "0")}; chmod 600 ${path}`);
    }
    return readBytesNow(path).toString("utf8");
  } catch (error) {
    return refuse(`${name}_PATH ${path} can't be read: ${causeOf(error)}`);
  }
}

/** PEM, with line ends that an environment file may have escaped; `source` says where it comes from. */
export function privateKeyIn(
  text: string,
  name: string,
  refuse: Refuse,
  source = "the PEM file that GitHub made",
): string | undefined {
  const pem = text.replaceAll("\\n", "\n");
  try {
    createPrivateKey(pem);
    return pem;
  } catch {
    // OpenSSL's own message could quote the text.
    return refuse(`${name} holds no private key; use ${source}`);
  }
}

function isIn(folder: string | undefined, path: string): boolean {
  if (folder === undefined || folder === "") return false;
  const inside = relative(folder, path);
  return inside !== "" && !inside.startsWith("..") && !isAbsolute(inside);
}
