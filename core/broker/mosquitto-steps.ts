import * as z from "zod";
import type { BrokerClient } from "./clients.ts";
import { type Acl, aclsOf, MOSQUITTO_ADMIN } from "./mosquitto-rules.ts";

/** What the plugin says it holds: of its answers to `listClients` and `listRoles` what matters here. */
export interface MosquittoHeld {
  readonly clients: ReadonlySet<string>;
  readonly roles: ReadonlyMap<string, readonly Acl[]>;
}

/** One command of the plugin. */
export type MosquittoCommand =
  | { readonly command: "deleteClient"; readonly username: string }
  | {
      readonly command: "createClient";
      readonly username: string;
      readonly roles: readonly [{ readonly rolename: string }];
    }
  | { readonly command: "deleteRole"; readonly rolename: string }
  | {
      readonly command: "createRole" | "modifyRole";
      readonly rolename: string;
      readonly acls: readonly Acl[];
    };

/**
 * Turns what is held into what is wanted: those who go first, for that ends their sessions. Nobody else is touched,
 * but for a computer that has lost one of its certificates (`kicked`): its session may be that one's.
 */
export function mosquittoSteps(
  held: MosquittoHeld,
  wanted: readonly BrokerClient[],
  kicked: ReadonlySet<string>,
): readonly MosquittoCommand[] {
  const keep = new Set([MOSQUITTO_ADMIN, ...wanted.map(({ clientId }) => clientId)]);
  const gone = [...held.clients].filter((name) => !keep.has(name) || kicked.has(name));
  return [
    ...gone.map((username): MosquittoCommand => ({ command: "deleteClient", username })),
    ...[...held.roles.keys()]
      .filter((rolename) => !keep.has(rolename))
      .map((rolename): MosquittoCommand => ({ command: "deleteRole", rolename })),
    ...wanted.flatMap((client): readonly MosquittoCommand[] => {
      const { clientId } = client;
      const acls = aclsOf(client);
      const has = held.roles.get(clientId);
      const isThere = held.clients.has(clientId) && !kicked.has(clientId);
      return [
        ...(has !== undefined && sameAcls(has, acls)
          ? []
          : [
              { command: has === undefined ? "createRole" : "modifyRole", rolename: clientId, acls } as const,
            ]),
        ...(isThere
          ? []
          : [{ command: "createClient", username: clientId, roles: [{ rolename: clientId }] } as const]),
      ];
    }),
  ];
}

const sameAcls = (one: readonly Acl[], other: readonly Acl[]): boolean => {
  const words = (acls: readonly Acl[]) =>
    acls
      .map(({ acltype, topic, allow }) => `${acltype} ${topic} ${allow}`)
      .toSorted()
      .join("\n");
  return words(one) === words(other);
};

/** Answers of the plugin, one for each command, in their order. */
export const mosquittoAnswers = z.object({
  responses: z.array(
    z.object({
      command: z.string(),
      error: z.string().optional(),
      data: z
        .object({
          clients: z.array(z.object({ username: z.string() })).optional(),
          roles: z
            .array(
              z.object({
                rolename: z.string(),
                acls: z
                  .array(z.object({ acltype: z.string(), topic: z.string(), allow: z.boolean() }))
                  .default([]),
              }),
            )
            .optional(),
        })
        .optional(),
    }),
  ),
});
