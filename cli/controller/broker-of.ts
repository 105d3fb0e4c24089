import type { ProfileFolder } from "../../adapters/files/profile-folder.ts";
import { certificateInUse } from "../../adapters/files/successors.ts";
import type { Profile } from "../../core/computer/profile.ts";
import { Failure } from "../../core/failure.ts";
import type { Bus } from "../../core/ports/bus.ts";

/** A connection to the realm's broker, as the computer of that profile. */
export async function connectBroker(folder: ProfileFolder, { id, broker }: Profile): Promise<Bus> {
  const { connectBus } = await import("../../adapters/mqtt/bus.ts");
  const inUse = certificateInUse(folder.path);
  if (broker === undefined || inUse === undefined) {
    const hint = `run warren enroll ${id}, which goes on where it stopped`;
    throw new Failure("usage", `${folder.path} holds no certificate for the broker`, { hint });
  }
  return connectBus({ ...broker, ...inUse });
}
