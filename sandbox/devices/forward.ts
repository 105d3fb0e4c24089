import { connect } from "node:net";
import type { AcceptConnection, RejectConnection, ServerChannel, TcpipRequestInfo } from "ssh2";

/** `ssh -L` and `ssh -W` through a device: a connection that the device makes. */
export function serveForward(
  accept: AcceptConnection<ServerChannel>,
  reject: RejectConnection,
  { destIP, destPort }: TcpipRequestInfo,
): void {
  const socket = connect({ host: destIP, port: destPort, noDelay: true });
  socket.once("error", reject);
  socket.once("connect", () => {
    socket.off("error", reject);
    const channel = accept();
    channel.pipe(socket).pipe(channel);
    socket.on("error", () => channel.destroy());
    channel.on("error", () => socket.destroy());
    channel.on("close", () => socket.destroy());
  });
}
