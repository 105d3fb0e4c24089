import type { Actor } from "./actor.ts";
import { eventOf } from "./events.ts";
import type { Issue, Label } from "./issue.ts";
import { demand, READ_ISSUES, TRIAGE_ISSUES, WRITE_ISSUES } from "./permission.ts";
import { invalid, notFound } from "./refusal.ts";
import type { Repository } from "./repository.ts";
import type { Surroundings } from "./surroundings.ts";

const GREY = "ededed";
const COLOR = /^[0-9a-f]{6}$/i;

/** A repository's labels, and which issue wears them. Names are compared without case. */
export class Labels {
  readonly #repository: Repository;
  readonly #around: Surroundings;
  readonly #all = new Map<string, Label>();

  constructor(repository: Repository, around: Surroundings) {
    this.#repository = repository;
    this.#around = around;
  }

  list(actor: Actor): readonly Label[] {
    demand(actor, this.#repository, READ_ISSUES);
    return [...this.#all.values()];
  }

  get(actor: Actor, name: string): Label {
    demand(actor, this.#repository, READ_ISSUES);
    const label = this.#all.get(name.toLowerCase());
    if (label === undefined) throw notFound();
    return label;
  }

  create(actor: Actor, name: string, color = GREY, description: string | null = null): Label {
    demand(actor, this.#repository, WRITE_ISSUES);
    if (name === "" || name.length > 50) throw invalid("Label", "name", "invalid");
    if (!COLOR.test(color)) throw invalid("Label", "color", "invalid");
    if (this.#all.has(name.toLowerCase())) throw invalid("Label", "name", "already_exists");
    return this.#ensure(name, color, description);
  }

  /** What the issues wear changes along. */
  change(
    actor: Actor,
    name: string,
    to: { readonly color?: string; readonly description?: string | null },
  ): Label {
    const label = this.get(actor, name);
    demand(actor, this.#repository, WRITE_ISSUES);
    if (to.color !== undefined && !COLOR.test(to.color)) throw invalid("Label", "color", "invalid");
    label.color = to.color ?? label.color;
    label.description = to.description === undefined ? label.description : to.description;
    return label;
  }

  /** A label that the repository doesn't have yet is made, as GitHub does for those who may write. */
  add(actor: Actor, issue: Issue, names: readonly string[]): readonly Label[] {
    demand(actor, this.#repository, TRIAGE_ISSUES);
    this.#change(actor, issue, [...issue.labels, ...names.map((name) => this.#named(actor, name))]);
    return issue.labels;
  }

  set(actor: Actor, issue: Issue, names: readonly string[]): readonly Label[] {
    demand(actor, this.#repository, TRIAGE_ISSUES);
    this.#change(
      actor,
      issue,
      names.map((name) => this.#named(actor, name)),
    );
    return issue.labels;
  }

  remove(actor: Actor, issue: Issue, name: string): readonly Label[] {
    demand(actor, this.#repository, TRIAGE_ISSUES);
    const label = issue.labels.find((worn) => worn.name.toLowerCase() === name.toLowerCase());
    if (label === undefined) throw notFound("Label does not exist");
    this.#change(
      actor,
      issue,
      issue.labels.filter((worn) => worn !== label),
    );
    return issue.labels;
  }

  #named(actor: Actor, name: string): Label {
    const known = this.#all.get(name.toLowerCase());
    if (known !== undefined) return known;
    demand(actor, this.#repository, WRITE_ISSUES);
    if (name === "" || name.length > 50) throw invalid("Label", "name", "invalid");
    return this.#ensure(name, GREY, null);
  }

  #ensure(name: string, color: string, description: string | null): Label {
    const label: Label = { id: this.#around.ids.next(), name, color, description };
    this.#all.set(name.toLowerCase(), label);
    return label;
  }

  #change(actor: Actor, issue: Issue, wanted: readonly Label[]): void {
    if (actor.kind !== "person" && actor.kind !== "installation") return;
    const before = issue.labels;
    const after = [...new Set(wanted)];
    const event = { name: eventOf(issue), repository: this.#repository, sender: actor.account, issue };
    const [gone, fresh] = [
      before.filter((label) => !after.includes(label)),
      after.filter((label) => !before.includes(label)),
    ];
    if (gone.length + fresh.length === 0) return;
    issue.labels = after;
    issue.updatedAt = this.#around.now();
    for (const label of gone) this.#around.emit({ ...event, action: "unlabeled", label });
    for (const label of fresh) this.#around.emit({ ...event, action: "labeled", label });
  }
}
