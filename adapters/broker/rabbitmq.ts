import type { BrokerClient } from "../../core/broker/clients.ts";
import { type RabbitmqHeld, rabbitmqExport, rabbitmqSteps } from "../../core/broker/rabbitmq-steps.ts";
import { Failure, unavailable } from "../../core/failure.ts";
import { lastLine } from "../../core/lines.ts";
import type { BrokerControl, BrokerGoverned } from "../../core/ports/broker.ts";
import { run } from "../openssh/run.ts";

/** An import of 10,000 users takes half a minute. */
const WITHIN_MS = 240_000;
const LONGEST_EXPORT = 512 * 1024 * 1024;

/** RabbitMQ by `rabbitmqctl`: on one node of a cluster it speaks for all. */
export class RabbitmqControl implements BrokerControl {
  readonly #program: string;

  constructor(program: string) {
    this.#program = program;
  }

  async govern(clients: readonly BrokerClient[]): Promise<BrokerGoverned> {
    const { removed, added, definitions } = rabbitmqSteps(await this.#held(), clients);
    for (const user of removed) await this.#run(["delete_user", user]);
    if (definitions[0].users.length > 0) {
      // By stdin, which it reads where no file is named: its account may read no file of ours.
      for (const some of definitions) await this.#run(["import_definitions"], JSON.stringify(some));
    }
    return { added, removed };
  }

  async #held(): Promise<RabbitmqHeld> {
    const text = await this.#run(["export_definitions", "-"]);
    const read = rabbitmqExport.safeParse(jsonIn(text));
    if (read.success) return read.data;
    throw new Failure("refused", `${this.#program} exports no definitions`);
  }

  async #run(args: readonly string[], input?: string): Promise<string> {
    const ended = await run(this.#program, ["-q", ...args], {
      timeout: WITHIN_MS,
      longest: LONGEST_EXPORT,
      ...(input === undefined ? {} : { input }),
    }).catch((cause: unknown) => {
      throw unavailable(this.#program, cause);
    });
    if (ended.status === 0) return ended.stdout;
    const says = lastLine(ended.stderr) || lastLine(ended.stdout);
    throw new Failure("refused", `${this.#program} ${args[0]} ended with ${ended.status}: ${says}`);
  }
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
