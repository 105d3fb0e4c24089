import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { configFolder } from "../adapters/files/config.ts";
import { keeperAddress } from "../adapters/keeper/address.ts";
import { startKeeper } from "./keeper-start.ts";

/**
 * Starts the keeper that a command is about to need, while the rest of the command loads: both take long to start. A
 * guess, and no harm where it is wrong; whoever needs the keeper looks for it again, and says what is wrong with it.
 */
export async function startKeeperAhead(as: string | undefined): Promise<void> {
  const names = as === undefined ? readdirSync(configFolder()) : [as];
  const folders = names.map((name) => join(configFolder(), name)).filter(isController);
  const [folder, other] = folders;
  if (folder === undefined || other !== undefined) return;
  if (!existsSync((await keeperAddress(folder)).path)) await startKeeper(folder);
}

const isController = (folder: string): boolean =>
  /[/\\]controller[^/\\]*$/.test(folder) && existsSync(join(folder, "x509.pem"));
