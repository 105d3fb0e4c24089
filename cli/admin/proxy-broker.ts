import { brokerHere } from "../../adapters/broker/here.ts";
import { DiskTold } from "../../adapters/broker/told.ts";
import { DiskGenerations } from "../../adapters/files/generations.ts";
import { type BrokerTold, brokerText } from "../../core/broker/told.ts";
import { Failure } from "../../core/failure.ts";
import type { BrokerControl } from "../../core/ports/broker.ts";
import { isUntold, tellBroker } from "../../flows/tell-broker.ts";

export interface BrokerHere {
  /** Never rejects. */
  readonly tell: () => Promise<BrokerTold>;
  readonly isUntold: () => Promise<boolean>;
}

/** The broker on this host; undefined where none is. */
export async function brokerAt(root: string): Promise<BrokerHere | undefined> {
  const generations = new DiskGenerations(root);
  const ports = { generations, told: new DiskTold(generations.folder) };
  // A slip in its file must not keep revoked keys of SSH in force.
  const broker = await brokerHere(generations.folder).catch((error: unknown) => unreadable(error));
  if (broker === undefined) return undefined;
  return { tell: () => tellBroker({ ...ports, broker }), isUntold: () => isUntold(ports) };
}

/** Tells it now, and says what came of it; returns the exit code. */
export async function tellBrokerHere(root: string): Promise<0 | 1> {
  const broker = await brokerAt(root);
  if (broker === undefined) {
    throw new Failure("usage", "no broker is set up on this host", {
      hint: "warren broker config mosquitto --out DIR",
    });
  }
  return said(await broker.tell());
}

/** After a rollback: as above, where a broker is. */
export async function tellBrokerBack(root: string): Promise<0 | 1> {
  const broker = await brokerAt(root);
  return broker === undefined ? 0 : said(await broker.tell());
}

function said(told: BrokerTold): 0 | 1 {
  console.log(brokerText(told));
  return told.kind === "failed" ? 1 : 0;
}

const unreadable = (error: unknown): BrokerControl => ({
  govern: () => Promise.reject(error),
});
