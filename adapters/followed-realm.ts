import type { Blocklist } from "../core/keys/blocklist.ts";
import type { Parsed } from "../core/place.ts";
import type { RealmFile, RealmSource } from "../core/ports/realm.ts";
import type { Realm } from "../core/realm/realm.ts";
import { readRealmFile } from "../core/realm/realm-file.ts";
import type { CommitId } from "../core/registry/record.ts";

/** A source of realm.yaml that remembers what it last read at head, for those who follow the decision. */
export class FollowedRealm implements RealmSource {
  readonly #source: RealmSource;
  #last: RealmFile | undefined;

  constructor(source: RealmSource) {
    this.#source = source;
  }

  async head(): Promise<RealmFile> {
    this.#last = await this.#source.head();
    return this.#last;
  }

  at(commit: CommitId): Promise<RealmFile> {
    return this.#source.at(commit);
  }

  blocklist(path: string, commit: CommitId): Promise<Parsed<Blocklist>> {
    return this.#source.blocklist(path, commit);
  }

  /** The realm that was last decided by, or else the one at head. */
  async realm(): Promise<Realm> {
    return readRealmFile(this.#last ?? (await this.head())).realm;
  }
}
