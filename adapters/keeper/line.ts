import type { Socket } from "node:net";

/** Bytes. */
const LONGEST = 1024 * 1024;

/** Lines of text over a socket; a peer that sends an endless one is cut off. */
export function listenTo(socket: Socket, heard: (line: string) => void): void {
  let text = "";
  socket.setEncoding("utf8").on("data", (chunk: string) => {
    const lines = (text + chunk).split("\n");
    text = lines.pop() ?? "";
    if (text.length > LONGEST) socket.destroy();
    for (const line of lines) heard(line);
  });
}

/** Bytes that may wait for a peer to read them. */
const MOST_WAITING = 8 * LONGEST;

/** A peer that does not read, as one that is stopped, is cut off: a device may go on speaking to it. */
export function sayTo(socket: Socket, document: unknown): void {
  if (socket.writable) socket.write(`${JSON.stringify(document)}\n`);
  if (socket.writableLength > MOST_WAITING) socket.destroy();
}
