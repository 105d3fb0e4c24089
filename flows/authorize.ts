import type { Directory } from "../core/access/directory.ts";
import { controllerLines, replaceBlock } from "../core/computer/authorized-block.ts";
import type { LoginKeys } from "../core/ports.ts";
import type { Instant } from "../core/time.ts";

/**
 * Lets the controllers of a verified directory into this device's accounts, and nobody of them into an account that
 * realm.yaml does not name. Returns the accounts whose file changed.
 */
export async function authorize(
  loginKeys: LoginKeys,
  accounts: readonly string[],
  directory: Directory,
  now: Instant,
): Promise<readonly string[]> {
  const changed: string[] = [];
  for (const account of accounts) {
    const before = await loginKeys.read(account);
    const owner = `${directory.system}.${directory.realm}`;
    const after = replaceBlock(before, owner, controllerLines(directory, account, now));
    if (after === before) continue;
    await loginKeys.write(account, after);
    changed.push(account);
  }
  return changed;
}
