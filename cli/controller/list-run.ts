import { certificateInUse } from "../../adapters/files/successors.ts";
import type { SilentPorts } from "../../adapters/openssh/open-ports.ts";
import { Failure } from "../../core/failure.ts";
import { expiryOf } from "../../core/keys/certificate-validity.ts";
import { readKeyLine } from "../../core/keys/key-line.ts";
import { formatId } from "../../core/names.ts";
import { type Instant, instantOf } from "../../core/time.ts";
import { type Seen, seenWith, seePresence } from "../../flows/see-presence.ts";
import { warn } from "../outcome.ts";
import { stopwatch } from "../stopwatch.ts";
import { type Controller, openControllers } from "./controller.ts";
import { devicesOf, newestOrKnown, type Target } from "./targets.ts";

export interface Listed {
  readonly computer: string;
  readonly port: number;
  /** Accounts that may be used; the first is ssh's default. */
  readonly login: readonly string[];
  /** `SHA256:…`; a device without any can't be connected to. */
  readonly hostKeys: readonly string[];
  /** Whose directory says so. */
  readonly controller: string;
  /** Whether an SSH server answers on its port of the proxy; left out where nobody can tell. */
  readonly tunnel?: "up" | "down";
  /** Left out where nobody can tell: no broker, or none that devices may say it to. */
  readonly state?: Seen["state"];
  /** Since when, by the device's own clock, as far as anybody knows. */
  readonly since?: Instant;
  /** When the certificate ends by which the controller reaches the broker. */
  readonly certificateExpires?: Instant;
}

/** What looks again and again remembers of each controller, by its id. */
export type Remembered = Map<string, SilentPorts>;

/** All devices of this account's controllers, as they stand now. */
export async function listDevices(
  as: string | undefined,
  remembered: Remembered = new Map(),
  tell: (message: string) => void = warn,
): Promise<readonly Listed[]> {
  const controllers = await openControllers(as);
  return (await Promise.all(controllers.map((controller) => listOf(controller, remembered, tell)))).flat();
}

async function listOf(
  controller: Controller,
  remembered: Remembered,
  tell: (message: string) => void,
): Promise<readonly Listed[]> {
  const targets = devicesOf(controller, await newestOrKnown(controller, tell));
  const id = formatId(controller.id);
  const silent = remembered.get(id) ?? new Map();
  remembered.set(id, silent);
  const [seen, open] = await Promise.all([
    seenBy(controller, targets, tell),
    controller.openPorts(targets.map(portOf), silent),
  ]);
  const expires = expiryOfCertificate(controller);
  return targets.map((target) =>
    listed(target, knownOf(seen.get(target.id.computer), open.get(portOf(target)), expires)),
  );
}

/** What is known beside the directory. */
interface Known {
  readonly seen: Seen | undefined;
  readonly tunnel: Listed["tunnel"] | undefined;
  readonly expires: Instant | undefined;
}

const knownOf = (seen: Known["seen"], tunnel: Known["tunnel"], expires: Known["expires"]): Known => ({
  seen: seen === undefined ? undefined : seenWith(seen, tunnel),
  tunnel,
  expires,
});

/** Of a device only its realm's admins know: `warren certificates`. */
function expiryOfCertificate({ folder }: Controller): Instant | undefined {
  const cert = certificateInUse(folder.path)?.cert;
  return cert === undefined ? undefined : expiryOf(cert);
}

const portOf = ({ id, directory }: Target): number => directory.devices[id.computer]?.port ?? 0;

/** How they stand; nothing where the realm's broker is not for that, or does not answer. */
async function seenBy(
  controller: Controller,
  targets: readonly Target[],
  tell: (message: string) => void,
): Promise<ReadonlyMap<string, Seen>> {
  const { bus, profile } = controller;
  if (bus === undefined || profile.broker?.presence !== true) return new Map();
  const ids = targets.map(({ id }) => id);
  return bus
    .lend((line) => seePresence(line, stopwatch, ids))
    .catch((error: unknown) => {
      if (!(error instanceof Failure)) throw error;
      tell(`${error.message}; how the devices stand is not known`);
      return new Map();
    });
}

function listed(target: Target, { seen, tunnel, expires }: Known): Listed {
  const { id, controller, directory } = target;
  const { hostKeys = [] } = directory.devices[id.computer] ?? {};
  const fingerprints = hostKeys.map(readKeyLine).flatMap((key) => (key.ok ? [key.value.fingerprint] : []));
  return {
    computer: formatId(id),
    port: portOf(target),
    login: directory.login,
    hostKeys: fingerprints,
    controller: formatId(controller.id),
    ...(tunnel === undefined ? {} : { tunnel }),
    ...(seen === undefined ? {} : { state: seen.state }),
    ...(seen?.since === undefined ? {} : { since: instantOf(new Date(seen.since * 1000)) }),
    ...(expires === undefined ? {} : { certificateExpires: expires }),
  };
}
