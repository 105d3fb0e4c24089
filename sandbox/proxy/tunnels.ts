import type { AcceptConnection, Connection, RejectConnection, ServerChannel, TcpipRequestInfo } from "ssh2";
import { LOOPBACK } from "../../core/access/authorized-keys.ts";

/** The ports of the proxy's loopback: which connection listens on which. Nothing really listens on TCP. */
export class Tunnels {
  readonly #ports = new Map<number, Connection>();

  /** False where another tunnel holds the port, as sshd's bind would fail. */
  listen(port: number, connection: Connection): boolean {
    if (this.#ports.has(port)) return false;
    this.#ports.set(port, connection);
    return true;
  }

  cancel(port: number, connection: Connection): boolean {
    return this.#ports.get(port) === connection && this.#ports.delete(port);
  }

  /** Frees what a connection that ended held. */
  drop(connection: Connection): void {
    for (const [port, holder] of this.#ports) if (holder === connection) this.#ports.delete(port);
  }

  /** Ties a channel to the tunnel on the port; without a tunnel the channel does not open. */
  open(accept: AcceptConnection<ServerChannel>, reject: RejectConnection, info: TcpipRequestInfo): void {
    const holder = this.#ports.get(info.destPort);
    if (holder === undefined) {
      reject();
      return;
    }
    holder.forwardOut(LOOPBACK, info.destPort, info.srcIP, info.srcPort, (error, far) => {
      if (error !== undefined && error !== null) {
        reject();
        return;
      }
      const near = accept();
      near.pipe(far).pipe(near);
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        one.on("error", () => other.destroy());
        one.on("close", () => other.destroy());
      }
    });
  }
}
