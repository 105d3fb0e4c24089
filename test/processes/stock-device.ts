import { join } from "node:path";
import type { SandboxDevice } from "../../sandbox/devices/device.ts";
import { startStockHost } from "./stock-host.ts";

/** A name that only the device can look up: it stands in its /etc/hosts. */
export const PRINTER = "printer.far.example";

/** A device that is a stock host: sshd as Debian configures it, and an account `atlas` with a home of its own. */
export async function startStockDevice(): Promise<SandboxDevice> {
  const keys = "/home/atlas/.ssh/authorized_keys";
  const host = await startStockHost({
    prepare: async (made) => {
      await made.must(["useradd", "--create-home", "--password", "*", "--shell", "/bin/bash", "atlas"]);
      await made.put(keys, "");
      await made.put("/etc/hosts", `127.0.0.1 localhost ${PRINTER}\n`);
    },
  });
  return {
    host: "127.0.0.1",
    port: host.port,
    hostKey: host.hostKey,
    authorizedKeys: { atlas: join(host.folder, keys) },
    close: () => host.stop(),
  };
}
