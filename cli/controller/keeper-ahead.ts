import { existsSync } from "node:fs";
import { keeperAddress } from "../../adapters/keeper/address.ts";
import { startKeeper } from "./keeper-start.ts";
import { onlyController } from "./only-controller.ts";

/**
 * Starts the keeper that a command is about to need, while the rest of the command loads: both take long to start. A
 * guess, and no harm where it is wrong; whoever needs the keeper looks for it again, and says what is wrong with it.
 */
export function startKeeperAhead(as: string | undefined): void {
  const folder = onlyController(as, "x509.pem");
  if (folder !== undefined && !existsSync(keeperAddress(folder).path)) startKeeper(folder);
}
