import { handsOf } from "../core/decision/approvals.ts";
import { basisOf } from "../core/decision/basis.ts";
import { teamsAskedOf } from "../core/decision/trust.ts";
import { Failure } from "../core/failure.ts";
import { systemOf } from "../core/realm/realm.ts";
import type { CommitId } from "../core/registry/record.ts";
import type { Account, Issue } from "../core/submission/issue.ts";
import { readSubmission } from "../core/submission/submission.ts";
import type { Instant } from "../core/time.ts";
import { type AdmitPorts, type Admitted, admit } from "./admit.ts";
import { withRecentWorld } from "./recent-world.ts";
import { observe, type World } from "./world.ts";

export interface Swept {
  readonly admitted: number;
  /** Seen in the listing to stand as they were answered. */
  readonly settled: number;
  readonly failed: readonly { readonly issue: number; readonly error: unknown }[];
  /** What the next sweep takes as `since`: nothing updated before it has been missed. */
  readonly cursor: Instant | undefined;
}

/**
 * Takes every issue updated since the cursor, closed ones included: the truth behind lost and late events. What a
 * listing shows to stand as it was answered isn't read. Whom realm.yaml names comes first: each answer takes ten
 * requests, and a stranger with hundreds of issues could use up what the forge allows. One issue that fails stops no
 * other; then, and when the registry moved meanwhile, the cursor stays where it was, so that the next sweep meets all of
 * them again.
 */
export async function sweep(
  ports: AdmitPorts,
  since?: Instant,
  saw: (issue: number, admitted: Admitted) => void = () => {},
): Promise<Swept> {
  const started = ports.clock.now();
  const failed: { issue: number; error: unknown }[] = [];
  const recent = withRecentWorld(ports);
  const watch = await Watch.open(recent);
  let [admitted, settled, later] = [0, 0, false];
  const each = async (number: number, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      failed.push({ issue: number, error });
    }
  };
  const take = async (number: number): Promise<void> => {
    const outcome = await admit(recent, number);
    saw(number, outcome);
    admitted++;
    later ||= outcome.kind === "later";
    if ("record" in outcome && outcome.record.sequence > watch.sequence) await watch.refresh();
  };
  const others: number[] = [];
  for await (const { issue, answeredOn } of ports.inbox.updatedSince(since)) {
    if (readSubmission(issue.title, "").kind === "none") continue;
    await each(issue.number, async () => {
      const basis = await watch.basisOf(issue);
      if (basis !== undefined && answeredOn(basis)) settled++;
      else if (watch.names(issue.author)) await take(issue.number);
      else others.push(issue.number);
    });
  }
  for (const number of others) await each(number, () => take(number));
  const clean = failed.length === 0 && !later && !(await watch.moved());
  return { admitted, settled, failed, cursor: clean ? started : since };
}

/** The world as a listing is judged by: what realm.yaml and registry say now, and who is in which team. */
class Watch {
  readonly #ports: AdmitPorts;
  readonly #first: CommitId | undefined;
  /** Undefined: realm.yaml is broken, and nothing counts as settled. */
  #world: World | undefined;
  /** Undefined: it can't be read. */
  readonly #teams = new Map<string, ReadonlySet<number> | undefined>();

  private constructor(ports: AdmitPorts, world: World | undefined) {
    this.#ports = ports;
    this.#world = world;
    this.#first = world?.snapshot.head;
  }

  static async open(ports: AdmitPorts): Promise<Watch> {
    const world = await observe(ports);
    return new Watch(ports, world.kind === "world" ? world : undefined);
  }

  get sequence(): number {
    return this.#world?.snapshot.registry.sequence ?? 0;
  }

  /** Whether realm.yaml names the account. */
  names(account: Account | null): boolean {
    return this.#world?.realm.people.some(({ id }) => id === account?.id) === true;
  }

  async refresh(): Promise<void> {
    const world = await observe(this.#ports, this.#world?.snapshot);
    this.#world = world.kind === "world" ? world : undefined;
  }

  /** Whether the registry is another one than at the start: decisions of issues that were passed by may be old. */
  async moved(): Promise<boolean> {
    return (await this.#ports.registry.snapshot(this.#world?.snapshot)).head !== this.#first;
  }

  async basisOf(issue: Issue): Promise<string | undefined> {
    if (this.#world === undefined) return undefined;
    const { realm, snapshot } = this.#world;
    const read = readSubmission(issue.title, issue.body);
    const system = read.kind === "read" ? systemOf(realm, read.submission.id.system) : undefined;
    if (read.kind === "read" && system !== undefined) {
      const { id } = read.submission;
      for (const { team } of (handsOf(issue) ?? []).flatMap((hand) => teamsAskedOf(system, id, hand)))
        if ((await this.#members(team)) === undefined) return undefined;
    }
    return basisOf({
      realm,
      registry: snapshot.registry,
      issue,
      isMember: ({ id }, team) => this.#teams.get(team)?.has(id) === true,
      proven: false,
      now: this.#ports.clock.now(),
    });
  }

  /** Each team is asked once a sweep. */
  async #members(team: string): Promise<ReadonlySet<number> | undefined> {
    if (!this.#teams.has(team)) {
      const members = await this.#ports.people.members({ team }).catch((error: unknown) => {
        if (error instanceof Failure) return undefined;
        throw error;
      });
      this.#teams.set(team, members);
    }
    return this.#teams.get(team);
  }
}
