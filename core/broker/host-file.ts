import * as z from "zod";
import { readJson } from "../json.ts";
import type { Parsed } from "../place.ts";

/** How a host tells its broker what changed: `etc/warren/broker.json` there, mode 0600, for it holds a password. */
export type BrokerHost =
  | {
      readonly type: "mosquitto";
      /** Where the broker's own files lie, among them its process id and the socket it is governed by. */
      readonly folder: string;
      readonly password: string;
    }
  | {
      readonly type: "rabbitmq";
      /** The program. */
      readonly rabbitmqctl: string;
    };

export const BROKER_HOST = "broker.json";

export const printBrokerHost = (host: BrokerHost): string => `${JSON.stringify(host, null, 2)}\n`;

export const readBrokerHost = (text: string, file: string): Parsed<BrokerHost> => readJson(shape, text, file);

const path = z.string().regex(/^\/[A-Za-z0-9._/-]{1,200}$/, "is no absolute path of letters, digits and ._-");

const shape: z.ZodType<BrokerHost> = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("mosquitto"), folder: path, password: z.string().min(20).max(100) }),
  z.strictObject({ type: z.literal("rabbitmq"), rabbitmqctl: path }),
]);
