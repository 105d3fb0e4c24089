import { connect } from "node:net";

/**
 * Whether an ssh client still answers at its control socket. It speaks first there (PROTOCOL.mux, MUX_MSG_HELLO); one
 * that is stopped or stuck says nothing, though its kernel lets anybody connect. No process is started for it.
 */
export function hasPulse(controlPath: string, within: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(controlPath);
    const tell = (answers: boolean) => {
      socket.destroy();
      resolve(answers);
    };
    socket.setTimeout(within, () => tell(false));
    socket.once("data", () => tell(true));
    socket.once("error", () => tell(false));
    socket.once("close", () => tell(false));
  });
}
