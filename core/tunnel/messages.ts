import { createHash } from "node:crypto";
import type { ComputerId } from "../names.ts";

declare const brand: unique symbol;

/** One controller's claim on a tunnel; random, and shown to others only as its hash. */
export type LeaseId = string & { readonly [brand]: "lease" };
export type LeaseHash = string & { readonly [brand]: "lease hash" };

/** What a controller says on `…/tunnel/control`. The plain form is spoken by programs of the older kind. */
export type Control =
  | { readonly word: "connect" | "disconnect"; readonly form: "plain" }
  | {
      readonly word: "connect";
      readonly form: "lease";
      readonly lease: LeaseId;
      readonly seq: number;
      /** Seconds. */
      readonly ttl: number;
    }
  | { readonly word: "disconnect"; readonly form: "lease"; readonly lease: LeaseId; readonly seq: number }
  /** Not understood: answered with the state, as any word is. */
  | { readonly word: "other" };

/** What a device says on `…/tunnel/state`. */
export type TunnelState =
  | { readonly word: "disconnected" }
  | { readonly word: "connected"; readonly form: "plain"; readonly port: number }
  | {
      readonly word: "connected";
      readonly form: "lease";
      readonly port: number;
      /** New at each start of the agent. */
      readonly boot: string;
      /** How many leases there are, the shared plain one among them. */
      readonly count: number;
      readonly leases: readonly LeaseHash[];
    }
  | { readonly word: "other" };

const LONGEST_CONTROL = 512;
const LONGEST_STATE = 8192;
/** A lease that nobody renews must end on the same day. */
const LONGEST_TTL = 3600;
const LEASE_ID = /^[A-Za-z0-9._-]{1,64}$/;

const topic = ({ realm, system, computer }: ComputerId, leaf: string): string =>
  `${realm}/${system}/${computer}/tunnel/${leaf}`;

export const controlTopic = (id: ComputerId): string => topic(id, "control");
export const stateTopic = (id: ComputerId): string => topic(id, "state");
export const presenceTopic = (id: ComputerId): string => topic(id, "presence");

/** `random` is 16 bytes or more from the system's generator. */
export const leaseIdFrom = (random: Uint8Array): LeaseId => Buffer.from(random).toString("hex") as LeaseId;

/** Enough to tell one's own lease in a state, and too little to end it. */
export const leaseHash = (lease: LeaseId): LeaseHash =>
  createHash("sha256").update(lease).digest("hex").slice(0, 16) as LeaseHash;

/** Never fails: what can't be understood is `other`. */
export function parseControl(payload: string): Control {
  const message = split(payload, LONGEST_CONTROL);
  if (message === undefined || (message.word !== "connect" && message.word !== "disconnect")) {
    return { word: "other" };
  }
  const { word, fields } = message;
  const version = fields.get("v");
  if (version === undefined) return { word, form: "plain" };
  const id = fields.get("id") ?? "";
  const seq = wholeNumber(fields.get("seq"));
  const ttl = wholeNumber(fields.get("ttl"));
  if (version !== "2" || !LEASE_ID.test(id) || seq === undefined) return { word: "other" };
  const lease = id as LeaseId;
  if (word === "disconnect") return { word, form: "lease", lease, seq };
  if (ttl === undefined || ttl === 0) return { word: "other" };
  return { word, form: "lease", lease, seq, ttl: Math.min(ttl, LONGEST_TTL) };
}

export function printControl(message: Exclude<Control, { word: "other" }>): string {
  if (message.form === "plain") return message.word;
  const ttl = message.word === "connect" ? `|ttl=${message.ttl}` : "";
  return `${message.word}|v=2|id=${message.lease}|seq=${message.seq}${ttl}`;
}

/** Never fails: what can't be understood is `other`. */
export function parseState(payload: string): TunnelState {
  const message = split(payload, LONGEST_STATE);
  if (message?.word === "disconnected") return { word: "disconnected" };
  const port = wholeNumber(message?.fields.get("port"));
  if (message?.word !== "connected" || port === undefined || port < 1 || port > 65_535) {
    return { word: "other" };
  }
  if (message.fields.get("v") !== "2") return { word: "connected", form: "plain", port };
  const hashes = (message.fields.get("leases") ?? "").split(",");
  return {
    word: "connected",
    form: "lease",
    port,
    boot: message.fields.get("boot") ?? "",
    count: wholeNumber(message.fields.get("n")) ?? 0,
    leases: hashes.filter((hash) => /^[0-9a-f]{16}$/.test(hash)) as LeaseHash[],
  };
}

export function printState(state: Exclude<TunnelState, { word: "other" }>): string {
  if (state.word === "disconnected") return "disconnected";
  const plain = `connected|port=${state.port}`;
  if (state.form === "plain") return plain;
  return `${plain}|v=2|boot=${state.boot}|n=${state.count}|leases=${state.leases.join(",")}`;
}

/** Undefined if it is too long, or says one thing twice. */
function split(
  payload: string,
  longest: number,
): { word: string; fields: ReadonlyMap<string, string> } | undefined {
  if (payload.length > longest) return undefined;
  const [word = "", ...rest] = payload.split("|");
  const fields = new Map<string, string>();
  for (const field of rest) {
    const [key = "", ...value] = field.split("=");
    if (fields.has(key)) return undefined;
    fields.set(key, value.join("="));
  }
  return { word, fields };
}

/** Fifteen digits are exact in a double. */
function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
