import type { Directory } from "../core/access/directory.ts";
import { controllerLines, replaceBlock } from "../core/computer/authorized-block.ts";
import { causeOf } from "../core/failure.ts";
import type { LoginKeys } from "../core/ports/computer.ts";
import type { Instant } from "../core/time.ts";

/** What became of one account's authorized_keys. */
export type AccountKeys = {
  readonly account: string;
  /** How many keys of controllers are to stand in it. */
  readonly keys: number;
} & (
  | { readonly state: "same" | "changed" }
  /** The other accounts are seen to all the same. */
  | { readonly state: "failed"; readonly problem: string }
);

/**
 * Lets the controllers of a verified directory into this device's accounts, and nobody of them into an account that
 * realm.yaml does not name. With `only: "look"` nothing is written.
 */
export async function authorize(
  loginKeys: LoginKeys,
  accounts: readonly string[],
  directory: Directory,
  now: Instant,
  only?: "look",
): Promise<readonly AccountKeys[]> {
  const done: AccountKeys[] = [];
  for (const account of accounts) {
    const lines = controllerLines(directory, account, now);
    const keys = lines.length;
    try {
      const before = await loginKeys.read(account);
      const after = replaceBlock(before, `${directory.system}.${directory.realm}`, lines);
      if (after !== before && only === undefined) await loginKeys.write(account, after);
      done.push({ account, keys, state: after === before ? "same" : "changed" });
    } catch (error) {
      done.push({ account, keys, state: "failed", problem: causeOf(error) });
    }
  }
  return done;
}
