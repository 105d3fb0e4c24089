import type { Person } from "../realm/realm.ts";

/** What `warren init` must know to write a realm's files; each text keeps to realm.yaml's grammar already. */
export interface Answers {
  readonly realm: string;
  /** `owner/name` */
  readonly repository: string;
  readonly admin: Person;
  readonly system: string;
  readonly proxy: { readonly name: string; readonly host: string; readonly port: number };
  /** `61000-61999` */
  readonly ports: string;
  readonly broker: BrokerAnswer;
}

export type BrokerAnswer =
  | { readonly type: "none" }
  | { readonly type: "aws-iot"; readonly endpoint: string; readonly region: string }
  | { readonly type: "mqtt"; readonly url: string; readonly ca: string };

/** Public lines of the keys that the admin holds, by what they are for. */
export interface RealmKeys {
  /** Signs directories. */
  readonly signing: string;
  /** A host key that is on no machine yet: a proxy that dies is replaced by one that has it. */
  readonly spare: string;
}

/** Where the released actions are: `wildlife/warren` at a commit, and what its tag says. */
export interface Actions {
  /** `owner/name` */
  readonly repository: string;
  /** The full id of the commit: a tag can be moved, a commit can't. */
  readonly commit: string;
  /** `v0.1.0`, where it is known. */
  readonly tag?: string;
}
