/**
 * What one computer keeps of its realm, written once by `warren enroll`: the file `profile.json`, mode 0600, in the
 * folder `<config>/warren/<id>/` of mode 0700 (`<config>` is $XDG_CONFIG_HOME, or ~/.config).
 *
 * Beside it: `identity` and `identity.pub` (the computer's SSH key), `x509.key`, `x509.csr` and `x509.pem` (its
 * certificate for the broker), `directory.json` and `directory.json.sig` (the newest signed directory it has seen).
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
  };
  /** Devices only. */
  readonly device?: {
    /** The device's own SSH server, as seen from itself. */
    readonly sshd: { readonly host: string; readonly port: number };
    /** Account → its authorized_keys file. */
    readonly authorizedKeys: Readonly<Record<string, string>>;
  };
}
