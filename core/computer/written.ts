/** Files of a controller's profile, as the last command left them. */
export interface WrittenFiles {
  readonly profile: string;
  readonly config: string;
  readonly knownHosts: string;
}

/**
 * The id of the one device that a name stands for, by what ssh was told last; undefined unless it is certain, its host
 * keys are pinned, and it need not be woken. Quick: it reads no directory.
 */
export function writtenDevice(
  name: string,
  { profile, config, knownHosts }: WrittenFiles,
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
