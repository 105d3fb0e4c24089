import { createServer } from "node:net";
import { Failure } from "../../core/failure.ts";
import { run } from "./run.ts";

const LOOK_WITHIN = 3_000;

/** Refuses a port of this computer that can't be listened on, and says who holds it: ssh would not. */
export async function mustBeFree(bind: string, port: number): Promise<void> {
  const host = bind === "*" ? undefined : bind;
  const code = await new Promise<string | undefined>((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ port, ...(host === undefined ? {} : { host }), exclusive: true }, () =>
      server.close(() => resolve(undefined)),
    );
  });
  if (code === undefined) return;
  if (code === "EADDRINUSE") {
    const holder = await holderOf(port);
    throw new Failure("usage", `port ${port} of ${bind} is held by ${holder}`, {
      hint: `take another port, as in ${port < 55_535 ? port + 10_000 : port - 10_000}, or end that one`,
    });
  }
  if (code === "EACCES") {
    throw new Failure("usage", `port ${port} is for root alone`, { hint: "take a port from 1024 on" });
  }
  throw new Failure("usage", `${bind} can't be listened on: ${code}`, {
    hint: "take an address of this computer; 127.0.0.1 is one",
  });
}

/** `"python3" (process 1234)`, as far as this account may know. */
async function holderOf(port: number): Promise<string> {
  const look = (program: string, args: readonly string[]) =>
    run(program, args, { timeout: LOOK_WITHIN }).then(
      ({ stdout }) => stdout,
      () => "",
    );
  const sockets = await look("ss", ["-Hltnp", `sport = :${port}`]);
  const [, name, pid] = /users:\(\("([^"]{1,64})",pid=([0-9]+)/.exec(sockets) ?? [];
  if (name !== undefined) return named(name, pid ?? "");
  // ss is Linux's; macOS has lsof.
  const open = await look("lsof", ["-nP", `-iTCP:${port}`, "-sTCP:LISTEN", "-Fpc"]);
  const [, process, command] = /^p([0-9]+)\nc(.{1,64})$/m.exec(open) ?? [];
  if (command !== undefined) return named(command, process ?? "");
  return "another process, perhaps another account's";
}

const named = (name: string, pid: string): string => `${JSON.stringify(name)} (process ${pid})`;
