import { resolve } from "node:path";
import { type ProfileFolder, profileFolders } from "../../adapters/files/profile-folder.ts";
import type { Profile } from "../../core/computer/profile.ts";
import { Failure } from "../../core/failure.ts";

export type DeviceProfile = Profile & { readonly device: NonNullable<Profile["device"]> };

/** The folder that was named, or the only device's that this account has enrolled. */
export async function chosenFolder(named: string | undefined): Promise<string> {
  if (named !== undefined) return resolve(named);
  const folders = await profileFolders();
  const profiles = await Promise.all(folders.map((folder) => folder.profile()));
  const devices = folders.filter((_, index) => profiles[index]?.device !== undefined);
  const [only, ...others] = devices;
  if (only !== undefined && others.length === 0) return only.path;
  throw new Failure(
    "usage",
    only === undefined
      ? "no device is enrolled by this account"
      : `${devices.length} devices are enrolled by this account: ${devices.map(({ path }) => path).join(", ")}`,
    { hint: "name one by --profile DIR, the folder that `warren enroll` made" },
  );
}

/** The profile of a device; a folder without one is wrong usage. */
export async function deviceProfile(folder: ProfileFolder): Promise<DeviceProfile> {
  const profile = await folder.profile();
  if (profile === undefined) {
    const hint = "warren enroll, on this computer";
    throw new Failure("usage", `${folder.path} holds no profile.json`, { hint });
  }
  const { device } = profile;
  if (device === undefined) {
    throw new Failure("usage", `${profile.id} is a controller; the agent runs on devices`);
  }
  return { ...profile, device };
}
