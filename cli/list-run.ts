import { certificateInUse } from "../adapters/files/successors.ts";
import { Failure } from "../core/failure.ts";
import { expiryOf } from "../core/keys/certificate-validity.ts";
import { readKeyLine } from "../core/keys/key-line.ts";
import { formatId } from "../core/names.ts";
import { type Instant, instantOf } from "../core/time.ts";
import { type Seen, seePresence } from "../flows/see-presence.ts";
import { type Controller, openControllers } from "./controller.ts";
import { warn } from "./outcome.ts";
import { stopwatch } from "./stopwatch.ts";
import { devicesOf, newestOrKnown, type Target } from "./targets.ts";

interface Listed {
  readonly computer: string;
  readonly port: number;
  /** Accounts that may be used; the first is ssh's default. */
  readonly login: readonly string[];
  /** `SHA256:…`; a device without any can't be connected to. */
  readonly hostKeys: readonly string[];
  /** Whose directory says so. */
  readonly controller: string;
  /** Left out where nobody can tell: no broker, or none that devices may say it to. */
  readonly state?: Seen["state"];
  /** Since when, by the device's own clock, as far as anybody knows. */
  readonly since?: Instant;
  /** When the certificate ends by which the controller reaches the broker. */
  readonly certificateExpires?: Instant;
}

const LONGEST_STATE = "connected since 2026-11-21T08:30:00Z".length;

export async function listDevices(as: string | undefined) {
  const controllers = await openControllers(as);
  const directories = await Promise.all(controllers.map(newestOrKnown));
  const targets = controllers.map((controller, index) => {
    const directory = directories[index];
    return directory === undefined ? [] : devicesOf(controller, directory);
  });
  const seen = await Promise.all(
    controllers.map((controller, index) => seenBy(controller, targets[index] ?? [])),
  );
  const expiries = controllers.map(expiryOfCertificate);
  const document = targets.flatMap((some, index) =>
    some.map((target) => listed(target, seen[index]?.get(target.id.computer), expiries[index])),
  );
  const lines = [
    ...(document.length === 0 ? ["no devices yet"] : table(document)),
    ...controllers.flatMap(({ id }, index) => {
      const expires = expiries[index];
      return expires === undefined ? [] : [`certificate of ${formatId(id)} expires ${expires}`];
    }),
  ];
  return { document, lines };
}

/** Of a device only its realm's admins know: `warren certificates`. */
function expiryOfCertificate({ folder }: Controller): Instant | undefined {
  const cert = certificateInUse(folder.path)?.cert;
  return cert === undefined ? undefined : expiryOf(cert);
}

/** How they stand; nothing where the realm's broker is not for that, or does not answer. */
async function seenBy(
  controller: Controller,
  targets: readonly Target[],
): Promise<ReadonlyMap<string, Seen>> {
  const { bus, profile } = controller;
  if (bus === undefined || profile.broker?.presence !== true) return new Map();
  const ids = targets.map(({ id }) => id);
  return bus
    .lend((line) => seePresence(line, stopwatch, ids))
    .catch((error: unknown) => {
      if (!(error instanceof Failure)) throw error;
      warn(`${error.message}; how the devices stand is not known`);
      return new Map();
    });
}

function listed(
  { id, controller, directory }: Target,
  seen: Seen | undefined,
  expires: Instant | undefined,
): Listed {
  const { port = 0, hostKeys = [] } = directory.devices[id.computer] ?? {};
  const fingerprints = hostKeys.map(readKeyLine).flatMap((key) => (key.ok ? [key.value.fingerprint] : []));
  return {
    computer: formatId(id),
    port,
    login: directory.login,
    hostKeys: fingerprints,
    controller: formatId(controller.id),
    ...(seen === undefined ? {} : { state: seen.state }),
    ...(seen?.since === undefined ? {} : { since: instantOf(new Date(seen.since * 1000)) }),
    ...(expires === undefined ? {} : { certificateExpires: expires }),
  };
}

function table(devices: readonly Listed[]): readonly string[] {
  const width = Math.max(...devices.map(({ computer }) => computer.length));
  const anySeen = devices.some(({ state }) => state !== undefined);
  return devices.map(({ computer, port, login, hostKeys: [hostKey], state = "", since }) => {
    const how = since === undefined ? state : `${state} since ${since}`;
    const reach = hostKey === undefined ? "no host key yet" : `ssh ${login[0] ?? "<account>"}@${computer}`;
    return `${computer.padEnd(width)}  port ${String(port).padStart(5)}  ${anySeen ? `${how.padEnd(LONGEST_STATE)}  ` : ""}${reach}`;
  });
}
