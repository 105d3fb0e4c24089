import type { Actor } from "./actor.ts";
import { signedIn } from "./issues.ts";
import { demand, WRITE_CONTENTS } from "./permission.ts";
import { Refusal } from "./refusal.ts";
import type { Repository } from "./repository.ts";
import type { Surroundings } from "./surroundings.ts";

const MOST_PROPERTIES = 10;
const LARGEST_PAYLOAD = 65_535;

/** `repository_dispatch`: whoever may write tells workflows and apps that something happened elsewhere. */
export class Dispatches {
  readonly #repository: Repository;
  readonly #around: Surroundings;

  constructor(repository: Repository, around: Surroundings) {
    this.#repository = repository;
    this.#around = around;
  }

  send(actor: Actor, type: string, payload: Readonly<Record<string, unknown>> = {}): void {
    demand(actor, this.#repository, WRITE_CONTENTS);
    if (type === "" || type.length > 100)
      throw new Refusal(422, "Invalid request.\n\nevent_type is no name of 1 to 100 characters.");
    if (Object.keys(payload).length > MOST_PROPERTIES)
      throw new Refusal(422, `No more than ${MOST_PROPERTIES} properties are allowed`);
    if (JSON.stringify(payload).length > LARGEST_PAYLOAD)
      throw new Refusal(422, "client_payload is too large.");
    const event = { name: "repository_dispatch", action: type, repository: this.#repository } as const;
    this.#around.emit({ ...event, sender: signedIn(actor), payload });
  }
}
