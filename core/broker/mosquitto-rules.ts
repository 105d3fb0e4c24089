import { pbkdf2Sync } from "node:crypto";
import type { BrokerClient } from "./clients.ts";
import { ANY, type BrokerRights } from "./topics.ts";

/** Rules of mosquitto's dynamic-security plugin: mosquitto.org/documentation/dynamic-security. */

/** No computer's name: those hold dots. */
export const MOSQUITTO_ADMIN = "warren";

export interface Acl {
  readonly acltype: "publishClientSend" | "publishClientReceive" | "subscribeLiteral" | "subscribePattern";
  readonly topic: string;
  readonly allow: boolean;
}

/** What a computer may do. A pattern also covers narrower filters, such as one device's topic. */
export const aclsOf = ({ hears, says }: BrokerRights): readonly Acl[] => [
  ...hears.flatMap((topic): Acl[] => [
    { acltype: topic.includes(ANY) ? "subscribePattern" : "subscribeLiteral", topic, allow: true },
    { acltype: "publishClientReceive", topic, allow: true },
  ]),
  ...says.map((topic): Acl => ({ acltype: "publishClientSend", topic, allow: true })),
];

/** Who governs the plugin: both are random, and the host alone keeps the password. */
export interface MosquittoAdmin {
  readonly password: string;
  readonly salt: Uint8Array;
}

/** The plugin's file as it is before the broker first starts; from then on the broker writes it itself. */
export function rulesFile(clients: readonly BrokerClient[], admin: MosquittoAdmin): string {
  const roles = clients.map((client) => ({ rolename: client.clientId, acls: aclsOf(client) }));
  const document = {
    defaultACLAccess: {
      publishClientSend: false,
      publishClientReceive: false,
      subscribe: false,
      unsubscribe: true,
    },
    clients: [
      {
        username: MOSQUITTO_ADMIN,
        ...hashed(admin),
        roles: [{ rolename: MOSQUITTO_ADMIN }],
      },
      ...clients.map(({ clientId }) => ({ username: clientId, roles: [{ rolename: clientId }] })),
    ],
    groups: [],
    roles: [{ rolename: MOSQUITTO_ADMIN, acls: ADMIN_ACLS }, ...roles],
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

const CONTROL = "$CONTROL/dynamic-security/#";

const ADMIN_ACLS: readonly Acl[] = [
  { acltype: "publishClientSend", topic: CONTROL, allow: true },
  { acltype: "publishClientReceive", topic: CONTROL, allow: true },
  { acltype: "subscribePattern", topic: CONTROL, allow: true },
];

/** As `mosquitto_ctrl dynsec init` does. The password is random, so its hash need not be slow. */
function hashed({ password, salt }: MosquittoAdmin) {
  const iterations = 101;
  return {
    salt: Buffer.from(salt).toString("base64"),
    password: pbkdf2Sync(password, salt, iterations, 64, "sha512").toString("base64"),
    iterations,
  };
}
