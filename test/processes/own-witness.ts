import { readFile } from "node:fs/promises";
import { createConnection } from "node:net";
import { join } from "node:path";
import { MqttClient } from "mqtt";
import type { Witness } from "./own-attempts.ts";
import { OwnClient } from "./own-client.ts";

/** Somebody who may say and hear everything: made by the plugin's own commands; the next sync removes it. */
export async function mosquittoWitness(folder: string): Promise<Witness> {
  const { password } = JSON.parse(await readFile(join(folder, "../root/etc/warren/broker.json"), "utf8")) as {
    password: string;
  };
  const onSocket = (username: string, secret: string) =>
    OwnClient.of(
      new MqttClient(() => createConnection(join(folder, "admin.sock")), {
        clientId: username,
        username,
        password: secret,
        protocolVersion: 4,
        reconnectPeriod: 0,
      }),
    );
  const admin = await onSocket("warren", password);
  const answers = "$CONTROL/dynamic-security/v1/response";
  await admin.hear(answers);
  const tell = async (commands: readonly object[]) => {
    await admin.say("$CONTROL/dynamic-security/v1", JSON.stringify({ commands }));
  };
  const acls = ["publishClientSend", "publishClientReceive", "subscribePattern"].map((acltype) => ({
    acltype,
    topic: "#",
    allow: true,
  }));
  await tell([
    { command: "createRole", rolename: "witness", acls },
    { command: "createClient", username: "witness", password: "witness", roles: [{ rolename: "witness" }] },
  ]);
  const client = await onSocket("witness", "witness");
  await client.hear("#");
  return {
    client,
    lift: async (cards) =>
      tell(cards.map(({ clientId }) => ({ command: "modifyRole", rolename: clientId, acls }))),
  };
}
