import type { Context } from "hono";
import * as z from "zod";
import type { Page, PageRequest } from "./paging.ts";
import type { Policy } from "./policies.ts";
import type { Operation } from "./rates.ts";
import { IotRefusal } from "./refusal.ts";

export interface Env {
  /** Read once, since the signature covers it. */
  Variables: { readonly body: string };
}

export type Request = Context<Env>;

/** Makes a handler of what answers one operation; undefined is answered with an empty object. */
export type Call = (
  operation: Operation,
  answer: (c: Request) => unknown,
) => (c: Request) => Promise<Response>;

export function bodyOf<S extends z.ZodType>(c: Request, schema: S): z.output<S> {
  const read = schema.safeParse(parse(c.var.body));
  if (!read.success) throw invalid(z.prettifyError(read.error));
  return read.data;
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw invalid("The body is no JSON");
  }
}

export function pageIn(c: Request): PageRequest {
  const { pageSize, marker } = c.req.query();
  return {
    ascending: flag(c, "isAscendingOrder"),
    ...(pageSize === undefined ? {} : { pageSize: Number(pageSize) }),
    ...(marker === undefined ? {} : { marker }),
  };
}

export const param = (c: Request, name: string): string => c.req.param(name) ?? "";
export const flag = (c: Request, name: string): boolean => c.req.query(name) === "true";
export const invalid = (message: string): IotRefusal => new IotRefusal("InvalidRequestException", message);

/** Epoch seconds: how AWS writes times in JSON. */
export const seconds = (date: Date): number => date.getTime() / 1000;

export const listed = <T>(name: string, { items, nextMarker }: Page<T>, show: (item: T) => unknown) => ({
  [name]: items.map(show),
  ...(nextMarker === undefined ? {} : { nextMarker }),
});

export const showPolicy = ({ name, arn }: Policy) => ({ policyName: name, policyArn: arn });
