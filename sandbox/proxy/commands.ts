import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import type { ServerChannel } from "ssh2";
import { type ComputerId, formatId } from "../../core/names.ts";

/** The programs that sshd would start at login. Each ends with its channel, and all of them with the proxy. */
export class Commands {
  readonly #running = new Set<ChildProcessWithoutNullStreams>();
  readonly #serve: string;
  readonly #apply: readonly [string, ...string[]];

  /** `serve`: the accounts' shell, beside `current`. `apply`: the forced command of the sync key. */
  constructor(serve: string, apply: readonly [string, ...string[]]) {
    this.#serve = serve;
    this.#apply = apply;
  }

  /** sshd starts the account's shell with the key's forced command, and keeps what was asked in the environment. */
  serve(computer: ComputerId, asked: string | undefined, channel: ServerChannel): void {
    const env = asked === undefined ? {} : { SSH_ORIGINAL_COMMAND: asked };
    this.#run("/bin/sh", [this.#serve, "-c", formatId(computer)], env, channel);
  }

  /** sudo would clear the environment too. */
  apply(channel: ServerChannel): void {
    const [program, ...args] = this.#apply;
    this.#run(program, args, { PATH: "/usr/local/bin:/usr/bin:/bin" }, channel);
  }

  close(): void {
    for (const child of this.#running) child.kill("SIGKILL");
  }

  #run(program: string, args: readonly string[], env: NodeJS.ProcessEnv, channel: ServerChannel): void {
    const child = spawn(program, args, { env, stdio: "pipe" });
    this.#running.add(child);
    // Whoever breaks off first: the other one is told, and nobody else is troubled.
    for (const stream of [channel, child.stdin]) stream.on("error", () => {});
    channel.pipe(child.stdin);
    child.stdout.pipe(channel, { end: false });
    child.stderr.pipe(channel.stderr, { end: false });
    channel.on("close", () => child.kill());
    child.on("error", () => {});
    child.on("close", (status) => {
      this.#running.delete(child);
      channel.exit(status === null || status < 0 ? 1 : status);
      channel.end();
    });
  }
}
