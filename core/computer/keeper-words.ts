import * as z from "zod";
import { Failure } from "../failure.ts";

/**
 * What a controller's commands and its keeper say to each other, one JSON document a line. A connection stands for one
 * command: when it ends, however it ends, so do the leases that it took.
 */
export type Request =
  | { readonly kind: "take"; readonly devices: readonly string[] }
  /** Of those that were taken and have not answered. */
  | { readonly kind: "give-up"; readonly devices: readonly string[] }
  /** The leases last on by themselves. */
  | { readonly kind: "leave" }
  | { readonly kind: "publish"; readonly n: number; readonly topic: string; readonly payload: string }
  | { readonly kind: "subscribe"; readonly n: number; readonly topic: string }
  /** From another version: make room for one of mine. */
  | { readonly kind: "retire" };

export type Answer =
  /** The first, unasked. */
  | { readonly kind: "keeper"; readonly version: string }
  | { readonly kind: "woken"; readonly device: string; readonly port: number }
  | { readonly kind: "asleep"; readonly device: string; readonly failure: SaidFailure }
  /** To the request of the same number. */
  | { readonly kind: "done"; readonly n: number }
  | { readonly kind: "failed"; readonly n: number; readonly failure: SaidFailure }
  /** On the subscription of that request. */
  | { readonly kind: "heard"; readonly n: number; readonly topic: string; readonly payload: string };

type SaidFailure = { readonly code: Failure["code"]; readonly message: string; readonly hint?: string };

export const sayFailure = ({ code, message, hint }: Failure): SaidFailure => ({
  code,
  message,
  ...(hint === undefined ? {} : { hint }),
});

export const heardFailure = ({ code, message, hint }: SaidFailure): Failure =>
  new Failure(code, message, hint === undefined ? {} : { hint });

/** Undefined for what another version may say. */
export const readRequest = (line: string): Request | undefined => read(request, line);
export const readAnswer = (line: string): Answer | undefined => read(answer, line);

function read<T>(shape: z.ZodType<T>, line: string): T | undefined {
  try {
    return shape.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

const text = z.string();
const n = z.int();
const failure = z
  .object({ code: z.enum(["usage", "refused", "unavailable"]), message: text, hint: text.optional() })
  .transform(
    ({ code, message, hint }): SaidFailure => ({ code, message, ...(hint === undefined ? {} : { hint }) }),
  );

const request: z.ZodType<Request> = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("take"), devices: z.array(text) }),
  z.object({ kind: z.literal("give-up"), devices: z.array(text) }),
  z.object({ kind: z.literal("leave") }),
  z.object({ kind: z.literal("publish"), n, topic: text, payload: text }),
  z.object({ kind: z.literal("subscribe"), n, topic: text }),
  z.object({ kind: z.literal("retire") }),
]);

const answer: z.ZodType<Answer> = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("keeper"), version: text }),
  z.object({ kind: z.literal("woken"), device: text, port: n }),
  z.object({ kind: z.literal("asleep"), device: text, failure }),
  z.object({ kind: z.literal("done"), n }),
  z.object({ kind: z.literal("failed"), n, failure }),
  z.object({ kind: z.literal("heard"), n, topic: text, payload: text }),
]);
