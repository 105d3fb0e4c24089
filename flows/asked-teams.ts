import type { IsMember } from "../core/decision/trust.ts";
import { Failure } from "../core/failure.ts";
import type { People } from "../core/ports/people.ts";
import type { Realm } from "../core/realm/realm.ts";

/** Teams as far as they may be asked for: a pull request names any it likes, and its answer is for all to read. */
export class AskedTeams {
  readonly #people: Pick<People, "members">;
  readonly #known = new Map<string, ReadonlySet<number>>();
  /** What is not known for want of them. */
  readonly gaps: string[] = [];

  constructor(people: Pick<People, "members">) {
    this.#people = people;
  }

  /** Asks for those that `before`, the default branch's file, names; the rest become gaps. */
  async ask(before: Realm | undefined, after: Realm): Promise<void> {
    const named = teamsIn(before);
    for (const team of new Set([...named, ...teamsIn(after)])) {
      if (!named.has(team)) {
        this.gaps.push(
          `what members of "@${team}" could do: a team is asked for only once realm.yaml names it`,
        );
        continue;
      }
      try {
        this.#known.set(team, await this.#people.members({ team }));
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        this.gaps.push(`what members of "@${team}" could do: ${error.message}`);
      }
    }
  }

  /** As ports have it: rejects for a team that was not asked, so that nobody counts as gone from it. */
  members({ team }: { readonly team: string }): Promise<ReadonlySet<number>> {
    const known = this.#known.get(team);
    if (known !== undefined) return Promise.resolve(known);
    return Promise.reject(
      new Failure("unavailable", `team ${JSON.stringify(team)} was not asked for its members`),
    );
  }

  readonly isMember: IsMember = ({ id }, team) => this.#known.get(team)?.has(id) === true;
}

const teamsIn = (realm: Realm | undefined): ReadonlySet<string> =>
  new Set(
    (realm?.systems ?? []).flatMap(({ trust }) =>
      trust.flatMap(({ who }) => who.flatMap((each) => ("team" in each ? [each.team] : []))),
    ),
  );
