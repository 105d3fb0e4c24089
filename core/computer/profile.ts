import * as z from "zod";
import { account, host, keyLine, port, readJson } from "../json.ts";
import { parseComputerId, roleOf } from "../names.ts";
import { type Parsed, parsed, unparsed } from "../place.ts";

/**
 * What one computer keeps of its realm, written once by `warren enroll`: the file `profile.json`, mode 0600, in the
 * folder `<config>/warren/<id>/` of mode 0700 (`<config>` is $XDG_CONFIG_HOME, or ~/.config).
 *
 * Beside it: `identity` and `identity.pub` (the computer's SSH key), `x509.key`, `x509.csr` and `x509.pem` (its
 * certificate for the broker), while they are rotated the successors of these five as `next-…`, `directory.json` and
 * `directory.json.sig` (the newest signed directory it has seen), `directory.checked` (the hash of the last signature
 * found good), and on a controller `known_hosts`, `ssh_config` and `ssh-hook`, which follow from the directory,
 * `settled` (a hash of what was judged, core/computer/written.ts), `ssh_own` (its user's) with `ssh_to_proxy` that follows
 * from it, and `keeper.log`.
 */
export interface Profile {
  readonly format: 1;
  /** `<computer>.<system>.<realm>` */
  readonly id: string;
  /** `owner/name` on GitHub. */
  readonly repository: string;
  readonly proxy: {
    readonly host: string;
    readonly port: number;
    /** Public key lines, pinned. */
    readonly hostKeys: readonly string[];
  };
  /** Public key lines that may sign directories, pinned at enrolment. */
  readonly signers: readonly string[];
  /** Left out: the tunnel is always up. */
  readonly broker?: {
    /** `mqtts://host:port` */
    readonly url: string;
    readonly clientId: string;
    /** PEM of the CA that the broker's own certificate must descend from; left out: the system's roots. */
    readonly ca?: string;
    /** Its policies let devices say on a topic of its own, retained, that they are there. */
    readonly presence?: true;
  };
  /** Devices only. */
  readonly device?: {
    /** The device's own SSH server, as seen from itself. */
    readonly sshd: { readonly host: string; readonly port: number };
    /** Account → its authorized_keys file. */
    readonly authorizedKeys: Readonly<Record<string, string>>;
  };
}

/** The exact text of `profile.json`. */
export function printProfile({ format, id, repository, proxy, signers, broker, device }: Profile): string {
  const fields = {
    format,
    id,
    repository,
    proxy: { host: proxy.host, port: proxy.port, hostKeys: proxy.hostKeys },
    signers,
    ...(broker === undefined ? {} : { broker }),
    ...(device === undefined ? {} : { device }),
  };
  return `${JSON.stringify(fields, null, 2)}\n`;
}

/** Reads a profile, in which nothing may be unknown, and nothing left out that its computer needs. */
export function readProfile(text: string): Parsed<Profile> {
  const read = readJson(shape, text, "profile");
  if (!read.ok) return read;
  const profile: Profile = read.value;
  const id = parseComputerId(profile.id);
  if (!id.ok) return unparsed(`profile: id: ${id.problem}`);
  const role = roleOf(id.value.computer);
  if (role === "device" && profile.device === undefined) {
    return unparsed(`profile: device: is missing, and ${profile.id} is a device`);
  }
  if (role === "controller" && profile.device !== undefined) {
    return unparsed(`profile: device: is not for ${profile.id}, which is a controller`);
  }
  return parsed(profile);
}

const file = z.string().regex(/^\/[^\p{Cc}]+$/u, "is no absolute path");

const shape = z.strictObject({
  format: z.literal(1),
  id: z.string(),
  repository: z.string().regex(/^[A-Za-z0-9-]+\/[A-Za-z0-9._-]+$/, "is no owner/name"),
  proxy: z.strictObject({ host, port, hostKeys: z.array(keyLine).min(1) }),
  signers: z.array(keyLine).min(1),
  broker: z.exactOptional(
    z.strictObject({
      url: z
        .string()
        .regex(/^mqtts:\/\/[A-Za-z0-9[][A-Za-z0-9.:\]-]*:[0-9]{1,5}$/, "is no mqtts://host:port"),
      clientId: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, "is no client id"),
      ca: z.exactOptional(z.string().startsWith("-----BEGIN CERTIFICATE-----", "is no PEM certificate")),
      presence: z.exactOptional(z.literal(true)),
    }),
  ),
  device: z.exactOptional(
    z.strictObject({ sshd: z.strictObject({ host, port }), authorizedKeys: z.record(account, file) }),
  ),
});
