import { createHash } from "node:crypto";
import { splitSigned } from "../keys/signed-text.ts";

/** Texts of the files of a controller's profile, as the last command left them. */
export interface Written {
  readonly profile: string;
  readonly directory: string;
  readonly signature: string;
  readonly config: string;
  readonly knownHosts: string;
}

/** The names of those files. */
export const WRITTEN_FILES: Readonly<Record<keyof Written, string>> = {
  profile: "profile.json",
  directory: "directory.json",
  signature: "directory.json.sig",
  config: "ssh_config",
  knownHosts: "known_hosts",
};

/** What a command of this version leaves beside them once it has judged them all: in hexadecimal, SHA-256. */
export const markOf = (written: Written, version: string): string =>
  createHash("sha256")
    .update(
      JSON.stringify([version, ...Object.keys(WRITTEN_FILES).map((file) => written[file as keyof Written])]),
    )
    .digest("hex");

/** Whether the proxy's answer to `directory` is the one that stands there. */
export function isAsWritten(answer: string, { directory, signature }: Written): boolean {
  const signed = splitSigned(answer);
  return signed.ok && signed.value.text === directory && signed.value.signature === signature;
}

/**
 * The id of the one device that a name stands for, by what ssh was told last; undefined unless it is certain, its host
 * keys are pinned, and it need not be woken. Quick: it reads no directory.
 */
export function writtenDevice(
  name: string,
  { profile, config, knownHosts }: Pick<Written, "profile" | "config" | "knownHosts">,
): string | undefined {
  if (mayHaveBroker(profile)) return undefined;
  const devices = [...config.matchAll(/^Host ([a-z0-9.-]+)$/gm)].map(([, device = ""]) => device);
  const [device, other] = devices.filter((one) => one === name || one.startsWith(`${name}.`));
  if (device === undefined || other !== undefined) return undefined;
  return knownHosts.split("\n").some((line) => line.startsWith(`${device} `)) ? device : undefined;
}

function mayHaveBroker(profile: string): boolean {
  try {
    const read: unknown = JSON.parse(profile);
    return typeof read !== "object" || read === null || "broker" in read;
  } catch {
    return true;
  }
}
