import * as z from "zod";
import type { BrokerClient } from "./clients.ts";
import { RABBITMQ_TAG, rabbitmqDefinitions } from "./rabbitmq.ts";

const permission = z.object({ user: z.string(), vhost: z.string(), write: z.string(), read: z.string() });

/** What `export_definitions` says, as far as it matters here. */
export const rabbitmqExport = z.object({
  users: z.array(
    z.object({
      name: z.string(),
      password_hash: z.string(),
      tags: z.union([z.string(), z.array(z.string())]),
    }),
  ),
  topic_permissions: z.array(permission.extend({ exchange: z.string() })),
  permissions: z.array(permission.extend({ configure: z.string() })),
});
export type RabbitmqHeld = z.infer<typeof rabbitmqExport>;

type Definitions = ReturnType<typeof rabbitmqDefinitions>;

export interface RabbitmqSteps {
  /** First: deleting a user ends its connections. */
  readonly removed: readonly string[];
  readonly added: readonly string[];
  /** What is not held as it should be; in the order in which it is to be imported. */
  readonly definitions: readonly [Definitions["users"], Definitions["permissions"]];
}

/** A name of ours: no other user is touched, and no other name is ever put on a command line. */
const OURS = /^[0-9a-f]{64}@warren$/;

/** Turns what is held into what is wanted, and touches nobody who is right already: a large import takes long. */
export function rabbitmqSteps(held: RabbitmqHeld, clients: readonly BrokerClient[]): RabbitmqSteps {
  const wanted = rabbitmqDefinitions(clients);
  const names = new Set(wanted.users.users.map(({ name }) => name));
  const ours = held.users.filter(({ name, tags }) => OURS.test(name) && [tags].flat().includes(RABBITMQ_TAG));
  const there = new Set(ours.map(({ name }) => name));
  const rights = new Set([...held.topic_permissions, ...held.permissions].map((each) => wordsOf(each)));
  // A password that somebody gave it would let others in.
  const sound = new Set(ours.filter(({ password_hash }) => password_hash === "").map(({ name }) => name));
  const wrong = new Set(
    [...wanted.users.topic_permissions, ...wanted.permissions.permissions]
      .filter((each) => !sound.has(each.user) || !rights.has(wordsOf(each)))
      .map(({ user }) => user),
  );
  return {
    removed: [...there].filter((name) => !names.has(name)),
    added: [...names].filter((name) => !there.has(name)),
    definitions: [
      {
        users: wanted.users.users.filter(({ name }) => wrong.has(name)),
        topic_permissions: wanted.users.topic_permissions.filter(({ user }) => wrong.has(user)),
      },
      { permissions: wanted.permissions.permissions.filter(({ user }) => wrong.has(user)) },
    ],
  };
}

const wordsOf = (rights: object): string => JSON.stringify(Object.entries(rights).toSorted());
