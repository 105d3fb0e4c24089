import { decodeJwt, errors, jwtVerify } from "jose";
import type { Actor } from "./actor.ts";
import type { App } from "./apps.ts";
import type { Forge } from "./forge.ts";
import { Refusal } from "./refusal.ts";

const LONGEST_MINUTES = 10;

/** `Authorization: token …`, `Bearer …`, or Basic with the token as its password. */
export function tokenIn(header: string | undefined): string | undefined {
  const [, scheme = "", rest = ""] = /^(\S+)\s+(.+)$/.exec(header ?? "") ?? [];
  switch (scheme.toLowerCase()) {
    case "token":
    case "bearer":
      return rest;
    case "basic":
      return Buffer.from(rest, "base64")
        .toString()
        .replace(/^[^:]*:/, "");
    default:
      return undefined;
  }
}

/** Who holds the token; a token that nobody holds is refused, also where none is needed. */
export async function authenticate(forge: Forge, token: string | undefined): Promise<Actor> {
  if (token !== undefined && token.split(".").length === 3) {
    return { kind: "app", app: await appOfWebToken(forge, token) };
  }
  const actor = forge.tokens.actor(token);
  if (actor === undefined) throw new Refusal(401, "Bad credentials");
  return actor;
}

/** An App's own JSON web token: RS256, issued by its id or client id, for at most ten minutes. */
async function appOfWebToken(forge: Forge, token: string): Promise<App> {
  const issuer = issuerOf(token);
  const app = forge.apps.find(({ id, clientId }) => issuer === String(id) || issuer === clientId);
  if (app === undefined) throw new Refusal(404, "Integration not found");
  const now = forge.wallClock();
  try {
    const { payload } = await jwtVerify(token, app.publicKey, {
      algorithms: ["RS256"],
      currentDate: now,
      clockTolerance: 60,
      requiredClaims: ["iss", "iat", "exp"],
    });
    const left = (payload.exp ?? 0) - now.getTime() / 1000;
    if (left > LONGEST_MINUTES * 60 + 60) {
      throw new Refusal(401, "'Expiration time' claim ('exp') is too far in the future");
    }
    return app;
  } catch (error) {
    if (error instanceof Refusal) throw error;
    const expired = error instanceof errors.JWTExpired;
    const late =
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires";
    throw new Refusal(401, expired ? late : "A JSON web token could not be decoded");
  }
}

function issuerOf(token: string): string {
  try {
    return String(decodeJwt(token).iss);
  } catch {
    throw new Refusal(401, "A JSON web token could not be decoded");
  }
}
