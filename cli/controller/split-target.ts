import { Failure } from "../../core/failure.ts";
import { quoted } from "../../core/quote.ts";

/** `[user@]name`. What ssh would take for an option, or for something else than an account, is refused. */
export function splitTarget(target: string): { readonly user: string | undefined; readonly name: string } {
  const at = target.lastIndexOf("@");
  const user = at < 0 ? undefined : target.slice(0, at);
  if (user !== undefined && !/^[A-Za-z_][A-Za-z0-9_.-]{0,31}$/.test(user)) {
    throw new Failure("usage", `account ${quoted(user)} is no account name`);
  }
  return { user, name: target.slice(at + 1) };
}
