import { penaltySeconds, readEffective } from "../proxy-host/sshd.ts";

/**
 * Whether a device's sshd, by `sshd -T`, holds failed logins against 127.0.0.1 (OpenSSH 9.8 and later): as that all come
 * who come through the tunnel, and one with a wrong key shuts out the others.
 */
export function penalizesTunnel(settings: string): boolean {
  const effective = readEffective(settings);
  const exempt = (effective.get("persourcepenaltyexemptlist") ?? []).flatMap((list) => list.split(","));
  return penaltySeconds(effective).some(([, seconds]) => seconds > 0) && !exempt.some(isLoopback);
}

const isLoopback = (address: string): boolean => ["127.0.0.1", "127.0.0.0/8", "0.0.0.0/0"].includes(address);
