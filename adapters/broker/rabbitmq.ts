import * as z from "zod";
import { userOf } from "../../core/broker/certificate-id.ts";
import type { BrokerClient } from "../../core/broker/clients.ts";
import { RABBITMQ_TAG, rabbitmqDefinitions } from "../../core/broker/rabbitmq.ts";
import { Failure, unavailable } from "../../core/failure.ts";
import type { BrokerControl, BrokerGoverned } from "../../core/ports/broker.ts";
import { lastLine, run } from "../openssh/run.ts";

const WITHIN_MS = 120_000;

/** RabbitMQ by `rabbitmqctl`: on one node of a cluster it speaks for all. */
export class RabbitmqControl implements BrokerControl {
  readonly #program: string;

  constructor(program: string) {
    this.#program = program;
  }

  /** Deleting a user closes its connections; importing one that is there changes nothing for those it has. */
  async govern(clients: readonly BrokerClient[]): Promise<BrokerGoverned> {
    const held = await this.#users();
    const wanted = new Set(clients.flatMap(({ certificates }) => certificates.map(userOf)));
    const removed = [...held].filter((user) => !wanted.has(user));
    for (const user of removed) await this.#run(["delete_user", user]);
    const { users, permissions } = rabbitmqDefinitions(clients);
    await this.#run(["import_definitions"], JSON.stringify(users));
    await this.#run(["import_definitions"], JSON.stringify(permissions));
    return { added: [...wanted].filter((user) => !held.has(user)), removed };
  }

  async #users(): Promise<ReadonlySet<string>> {
    const text = await this.#run(["list_users", "--formatter", "json"]);
    return new Set(
      listed
        .parse(JSON.parse(text))
        .filter(({ tags }) => tags.includes(RABBITMQ_TAG))
        .map(({ user }) => user),
    );
  }

  async #run(args: readonly string[], input?: string): Promise<string> {
    const ended = await run(this.#program, ["-q", ...args], {
      timeout: WITHIN_MS,
      ...(input === undefined ? {} : { input }),
    }).catch((cause: unknown) => {
      throw unavailable(this.#program, cause);
    });
    if (ended.status === 0) return ended.stdout;
    const says = lastLine(ended.stderr) || lastLine(ended.stdout);
    throw new Failure("refused", `${this.#program} ${args[0]} ended with ${ended.status}: ${says}`);
  }
}

const listed = z.array(z.object({ user: z.string(), tags: z.array(z.string()) }));
