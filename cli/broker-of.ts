import type { ProfileFolder } from "../adapters/files/profile-folder.ts";
import type { Profile } from "../core/computer/profile.ts";
import { Failure } from "../core/failure.ts";
import type { Bus } from "../core/ports/bus.ts";

/** A connection to the realm's broker, as the computer of that profile. */
export async function connectBroker(folder: ProfileFolder, { id, broker }: Profile): Promise<Bus> {
  const [{ connectBus }, key, cert] = await Promise.all([
    import("../adapters/mqtt/bus.ts"),
    folder.read("x509.key"),
    folder.read("x509.pem"),
  ]);
  if (broker === undefined || key === undefined || cert === undefined) {
    const hint = `run warren enroll ${id}, which goes on where it stopped`;
    throw new Failure("usage", `${folder.path} holds no certificate for the broker`, { hint });
  }
  return connectBus({ ...broker, key, cert });
}
