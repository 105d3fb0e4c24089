import type { Blocklist } from "../keys/blocklist.ts";
import type { SshPublicKey } from "../keys/ssh-key.ts";
import type { RealmName, Role, SystemName } from "../names.ts";
import type { Place, Problem } from "../place.ts";
import type { Duration } from "../time.ts";

/** One valid realm.yaml. */
export interface Realm {
  readonly name: RealmName;
  readonly repository: { readonly fullName: string; readonly id?: number };
  readonly clientIdSuffix: string;
  /** Every account that the file names. */
  readonly people: readonly Person[];
  readonly admins: readonly Person[];
  readonly proxies: readonly ProxyHost[];
  /** Keys that sign directories; computers pin them. */
  readonly signers: readonly SshPublicKey[];
  /** Left out: tunnels are always up. */
  readonly broker?: Broker;
  readonly keys: KeyPolicy;
  /** What `keys.blocklist` names, once somebody has read it: until then no key is let in. */
  readonly blocklist?: Blocklist;
  readonly systems: readonly System[];
  readonly rotationOverlap: Duration;
  readonly freeze: boolean;
  /** Rulesets are missing and the admins know it (`unprotected: accepted`). */
  readonly unprotected: boolean;
}

/** Compared by id alone. */
export interface Person {
  readonly login: string;
  readonly id: number;
}

/** `@org/team`, without the `@`. */
export interface Team {
  readonly team: string;
}

export interface ProxyHost {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly hostKeys: readonly SshPublicKey[];
  readonly syncUser: string;
}

export type Broker =
  | {
      readonly type: "aws-iot";
      readonly endpoint: string;
      readonly region: string;
      readonly presence: boolean;
      readonly policies: Readonly<Record<Role, string>>;
    }
  | OwnBroker;

/** A broker of one's own, whose computers get their certificates from a CA of one's own. */
export interface OwnBroker {
  readonly type: "mqtt";
  readonly url: string;
  /** PEM; the first certificate is the CA that signs for computers, all of them may sign for the broker. */
  readonly ca: string;
  readonly presence: boolean;
  /** Of a certificate; left out: as long as AWS IoT's. */
  readonly validity?: Duration | undefined;
  /** Proxies on whose hosts it runs. */
  readonly hosts: readonly string[];
}

/** Types as `parseSshPublicKey` and `parseCertificateRequest` name them; `rsa-N` means N bits or more. */
export interface KeyPolicy {
  readonly ssh: readonly string[];
  readonly x509: readonly string[];
  /** A file of the repository, beside realm.yaml. */
  readonly blocklist?: string | undefined;
}

export interface System {
  readonly name: SystemName;
  readonly description: string;
  /** A key of `proxies`. */
  readonly proxy: string;
  readonly ports: { readonly first: number; readonly last: number };
  readonly allocate: "next" | "number";
  /** Accounts that controllers may use on devices. */
  readonly login: readonly string[];
  readonly legacy: boolean;
  readonly admins: readonly Person[];
  readonly trust: readonly Rule[];
  readonly at: Place;
}

/** One line of trust: the first rule that matches decides; when none does, the answer is no. */
export interface Rule {
  /** `systems.hula.trust[0]` */
  readonly path: string;
  readonly at: Place;
  readonly who: readonly (Person | Team)[];
  readonly may: readonly Role[];
  /** A glob on the computer's name; `*` and `?` alone are special. */
  readonly named?: string;
  readonly then: "grant" | "ask" | "refuse";
  /** How many different admins must approve; 1 unless said otherwise. */
  readonly approvals: number;
  /** Ends the access that this rule gave. */
  readonly for?: Duration;
}

export type ReadRealm =
  | { readonly ok: true; readonly realm: Realm }
  | { readonly ok: false; readonly problems: readonly [Problem, ...Problem[]] };
