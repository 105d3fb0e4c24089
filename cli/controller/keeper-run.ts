import { randomBytes } from "node:crypto";
import { profileFolder } from "../../adapters/files/config.ts";
import { ProfileFolder } from "../../adapters/files/profile-folder.ts";
import { keeperAddress } from "../../adapters/keeper/address.ts";
import { serveKeeper } from "../../adapters/keeper/service.ts";
import { SharedBus } from "../../adapters/mqtt/shared-bus.ts";
import { Failure } from "../../core/failure.ts";
import { Keeper } from "../../flows/keeper.ts";
import { warn } from "../outcome.ts";
import { stopwatch } from "../stopwatch.ts";
import { connectBroker } from "./broker-of.ts";
import { keeperVersion } from "./keeper-version.ts";

/** Serves the commands of one controller until nobody needs it. It writes to stderr, which is its log. */
export async function keep(id: string): Promise<void> {
  // It takes long to load, and is needed in any case.
  const loading = import("../../adapters/mqtt/bus.ts");
  loading.catch(() => {});
  const folder = new ProfileFolder(profileFolder(id));
  const profile = await folder.profile();
  if (profile?.broker === undefined) {
    throw new Failure("usage", `${folder.path} is no profile of a realm with a broker`);
  }
  const version = keeperVersion(folder, profile);
  const broker = new SharedBus(() => connectBroker(folder, profile));
  let end: (why: string) => void = () => {};
  const ended = new Promise<string>((resolve) => {
    end = resolve;
  });
  const keeper = new Keeper({
    broker,
    stopwatch,
    random: () => randomBytes(16),
    version,
    end: () => end("nobody needs it, or another version does"),
  });
  const welcome = keeper.welcome.bind(keeper);
  const address = keeperAddress(folder.path);
  const service = await serveKeeper(address, welcome, () => end("its socket is not there any more"));
  // Another one was first.
  if (service === undefined) return keeper.close();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => end(signal));
  // It is there because somebody waits: the connection is open, or nearly so, when they ask.
  broker.lend(async () => {}).catch((error: unknown) => warn(String(error)));
  warn(`keeper of ${id}, version ${version}, process ${process.pid}, began ${new Date().toISOString()}`);
  const why = await ended;
  await service.close();
  await keeper.close();
  await broker.close();
  warn(`ended ${new Date().toISOString()}: ${why}`);
  process.exit(0);
}
