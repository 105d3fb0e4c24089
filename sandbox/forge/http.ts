import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { z } from "zod";
import type { Account } from "./accounts.ts";
import { type Actor, accountOf } from "./actor.ts";
import type { Forge } from "./forge.ts";
import type { HostedRepository } from "./hosted-repository.ts";
import type { Links } from "./links.ts";
import { demand, READ_METADATA } from "./permission.ts";
import { notFound, Refusal } from "./refusal.ts";
import type { Webhooks } from "./webhooks.ts";

export interface Env {
  Bindings: HttpBindings;
  Variables: { readonly actor: Actor; readonly token: string | undefined };
}

export type Request = Context<Env>;

/** What every group of routes is made of. */
export interface Skin {
  readonly forge: Forge;
  readonly links: Links;
  readonly webhooks: Webhooks;
}

export function answer(c: Request, body: unknown, status: ContentfulStatusCode = 200): Response {
  return c.body(JSON.stringify(body), status, { "content-type": "application/json; charset=utf-8" });
}

export function refuse(c: Request, refusal: Refusal): Response {
  const body = {
    message: refusal.message,
    ...(refusal.errors === undefined ? {} : { errors: refusal.errors }),
    documentation_url: "https://docs.github.com/rest",
    status: String(refusal.status),
  };
  if (refusal.retryAfter !== undefined) c.header("retry-after", String(refusal.retryAfter));
  return answer(c, body, refusal.status);
}

/** The repository that the path names, by owner and name or by id. */
export function repositoryNamed(c: Request, forge: Forge): HostedRepository {
  const id = c.req.param("repositoryId");
  const [owner = "", repo = ""] = [c.req.param("owner"), c.req.param("repo")];
  const found = id === undefined ? forge.findRepository(owner, repo) : forge.repositoryById(Number(id));
  if (found === undefined) throw notFound();
  return c.req.method === "GET" ? forge.read(found) : found;
}

/** The same, if the asker may know of it. */
export function repositoryOf(c: Request, forge: Forge): HostedRepository {
  const found = repositoryNamed(c, forge);
  demand(c.var.actor, found, READ_METADATA);
  return found;
}

export function signedInPerson(c: Request): Account {
  const account = accountOf(c.var.actor);
  if (account === undefined) throw new Refusal(401, "Requires authentication");
  return account;
}

/** A path parameter that must be a number: what is none names nothing. */
export function numberParam(c: Request, name: string): number {
  const text = c.req.param(name) ?? "";
  if (!/^\d{1,15}$/.test(text)) throw notFound();
  return Number(text);
}

/** The rest of a path, slashes and all. */
export const pathParam = (c: Request, name: string): string => c.req.param(name) ?? "";

export async function readBody<S extends z.ZodType>(c: Request, schema: S): Promise<z.output<S>> {
  const text = await c.req.text();
  const result = schema.safeParse(text === "" ? {} : parseJson(text));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = issue?.path.join("/") ?? "";
  throw new Refusal(422, `Invalid request.\n\nFor 'properties/${path}', ${issue?.message ?? "invalid"}.`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal(400, "Problems parsing JSON");
  }
}
