import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import type { Forward } from "../../core/computer/forward.ts";
import { unavailable } from "../../core/failure.ts";
import { lastLine } from "../../core/lines.ts";

export interface ServedOnce {
  readonly way: Extract<Forward, { kind: "local" | "remote" }>;
  readonly device: string;
  /** What ssh takes before the name. */
  readonly args: readonly string[];
  /** The port is open. */
  ready(): void;
  readonly signal: AbortSignal;
}

/** Listens for one connection, ties it to its host through the device (`ssh -W`), and resolves with its end. */
export async function serveOnce({ way, device, args, ready, signal }: ServedOnce): Promise<void> {
  const server = createServer({ allowHalfOpen: true, noDelay: true });
  server.listen({ port: way.port, ...(way.bind === "*" ? {} : { host: way.bind }), signal });
  await once(server, "listening", { signal });
  ready();
  const [socket]: Socket[] = await once(server, "connection", { signal });
  server.close();
  if (socket === undefined) return;
  const host = way.host.includes(":") ? `[${way.host}]` : way.host;
  const child = spawn("ssh", [...args, "-W", `${host}:${way.hostPort}`, device], { stdio: "pipe", signal });
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => {
    stderr = (stderr + chunk.toString("utf8")).slice(-4096);
  });
  // Either side may be gone before the other has read all.
  for (const stream of [socket, child.stdin, child.stdout, child]) stream.on("error", () => {});
  socket.pipe(child.stdin);
  child.stdout.pipe(socket);
  socket.once("close", () => child.kill());
  const [status] = await once(child, "close");
  socket.destroySoon();
  if (status !== 0 && status !== null && !signal.aborted)
    throw unavailable(device, new Error(lastLine(stderr)));
}
