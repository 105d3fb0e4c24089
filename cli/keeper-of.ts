import type { ProfileFolder } from "../adapters/files/profile-folder.ts";
import { keeperAddress } from "../adapters/keeper/address.ts";
import type { KeeperWays } from "../adapters/keeper/visitor.ts";
import { version } from "../package.json";
import { startKeeper } from "./keeper-start.ts";

/** How this program's commands find the keeper of a profile, and start it. */
export const keeperOf = ({ path }: ProfileFolder): KeeperWays => ({
  version,
  address: async () => (await keeperAddress(path)).path,
  start: () => startKeeper(path),
});
