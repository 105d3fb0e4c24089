import { readEffective } from "../proxy-host/sshd.ts";

/** What sshd holds against an address, besides crashes; not the limits of what it remembers. */
const PENALTY = /^(?!crash:|min:|max)[a-z-]+:[1-9]\d*$/;

/**
 * Whether a device's sshd, by `sshd -T`, holds failed logins against 127.0.0.1 (OpenSSH 9.8 and later): as that all come
 * who come through the tunnel, and one with a wrong key shuts out the others.
 */
export function penalizesTunnel(settings: string): boolean {
  const effective = readEffective(settings);
  const words = (keyword: string) => (effective.get(keyword) ?? []).flatMap((value) => value.split(/[ ,]/));
  const exempt = words("persourcepenaltyexemptlist");
  return words("persourcepenalties").some((word) => PENALTY.test(word)) && !exempt.some(isLoopback);
}

const isLoopback = (address: string): boolean => ["127.0.0.1", "127.0.0.0/8", "0.0.0.0/0"].includes(address);
