import type { ProfileFolder } from "../../adapters/files/profile-folder.ts";
import { keeperAddress } from "../../adapters/keeper/address.ts";
import type { KeeperWays } from "../../adapters/keeper/visitor.ts";
import type { Profile } from "../../core/computer/profile.ts";
import { startKeeper } from "./keeper-start.ts";
import { keeperVersion } from "./keeper-version.ts";

/** How this program's commands find the keeper of a profile, and start it. */
export const keeperOf = (folder: ProfileFolder, profile: Profile): KeeperWays => ({
  version: keeperVersion(folder, profile),
  address: async () => keeperAddress(folder.path).path,
  start: async () => startKeeper(folder.path),
});
