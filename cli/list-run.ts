import { readKeyLine } from "../core/keys/key-line.ts";
import { formatId } from "../core/names.ts";
import { closeAll } from "./connect-run.ts";
import { openControllers } from "./controller.ts";
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
}

export async function listDevices(as: string | undefined) {
  const controllers = await openControllers(as);
  try {
    const directories = await Promise.all(controllers.map(newestOrKnown));
    const document = controllers
      .flatMap((controller, index) => {
        const directory = directories[index];
        return directory === undefined ? [] : devicesOf(controller, directory);
      })
      .map(listed);
    return { document, lines: document.length === 0 ? ["no devices yet"] : table(document) };
  } finally {
    await closeAll(controllers);
  }
}

function listed({ id, controller, directory }: Target): Listed {
  const { port = 0, hostKeys = [] } = directory.devices[id.computer] ?? {};
  const fingerprints = hostKeys.map(readKeyLine).flatMap((key) => (key.ok ? [key.value.fingerprint] : []));
  return {
    computer: formatId(id),
    port,
    login: directory.login,
    hostKeys: fingerprints,
    controller: formatId(controller.id),
  };
}

function table(devices: readonly Listed[]): readonly string[] {
  const width = Math.max(...devices.map(({ computer }) => computer.length));
  return devices.map(({ computer, port, login, hostKeys: [hostKey] }) => {
    const reach = hostKey === undefined ? "no host key yet" : `ssh ${login[0] ?? "<account>"}@${computer}`;
    return `${computer.padEnd(width)}  port ${String(port).padStart(5)}  ${reach}`;
  });
}
