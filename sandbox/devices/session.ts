import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import type { Connection, ServerChannel, Session } from "ssh2";

/** Who has logged in, and where. */
export interface Login {
  /** `333.hula.atlas` */
  readonly id: string;
  readonly account: string;
  readonly home: string;
}

interface Terminal {
  readonly rows: number;
  readonly cols: number;
}

/** Gives a command a terminal (util-linux); where it is missing, so are terminals. */
const SCRIPT = ["/usr/bin/script", "/bin/script"].find(isExecutable);
const SFTP = ["/usr/lib/openssh/sftp-server", "/usr/libexec/sftp-server", "/usr/lib/ssh/sftp-server"].find(
  isExecutable,
);

/** One session of a connection: a command, a shell or sftp, run as a login would run it. */
export function serveSession(session: Session, login: Login, connection: Connection): void {
  let terminal: Terminal | undefined;
  let child: ChildProcess | undefined;
  const start = (channel: ServerChannel, argv: readonly [string, ...string[]]) => {
    child = startIn(login, argv);
    join(child, channel, connection);
  };
  session.on("pty", (accept, reject, { rows, cols }) => {
    if (SCRIPT === undefined) return reject?.();
    terminal = { rows, cols };
    accept?.();
  });
  session.on("exec", (accept, _reject, { command }) =>
    start(accept(), inTerminal(terminal, command) ?? ["/bin/sh", "-c", command]),
  );
  session.on("shell", (accept) =>
    start(accept(), inTerminal(terminal, "exec /bin/sh -l") ?? ["/bin/sh", "-l"]),
  );
  session.on("subsystem", (accept, reject, { name }) => {
    if (name !== "sftp" || SFTP === undefined) return reject?.();
    start(accept(), [SFTP]);
  });
  session.on("signal", (accept, _reject, { name }) => {
    accept?.();
    const signal = (["HUP", "INT", "TERM", "KILL", "QUIT", "USR1", "USR2"] as const).find(
      (known) => known === name,
    );
    if (child !== undefined && signal !== undefined) endGroup(child, `SIG${signal}`);
  });
}

function inTerminal(
  terminal: Terminal | undefined,
  command: string,
): readonly [string, ...string[]] | undefined {
  if (terminal === undefined || SCRIPT === undefined) return undefined;
  const { rows, cols } = terminal;
  return [SCRIPT, "-qfec", `stty rows ${rows} cols ${cols}; ${command}`, "/dev/null"];
}

/** The environment is that of a fresh login; nothing of the sandbox's own is passed on. */
function startIn(
  { id, account, home }: Login,
  [program, ...args]: readonly [string, ...string[]],
): ChildProcess {
  const env = {
    PATH: "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin",
    USER: account,
    LOGNAME: account,
    HOME: home,
    SHELL: "/bin/sh",
    LANG: "C.UTF-8",
    TERM: "xterm",
    HOSTNAME: id.split(".")[0] ?? id,
    WARREN_DEVICE: id,
  };
  // A group of its own, so that what the command started ends with it.
  return spawn(program, args, { cwd: home, env, stdio: "pipe", detached: true });
}

function join(child: ChildProcess, channel: ServerChannel, connection: Connection): void {
  const hangUp = () => endGroup(child, "SIGHUP");
  // What a command left behind ends with the connection, so that the sandbox leaves nothing running.
  connection.once("close", hangUp);
  channel.once("close", () => child.exitCode === null && hangUp());
  // Either side may be gone before the other has read all.
  channel.on("error", hangUp);
  child.stdin?.on("error", () => {});
  if (child.stdin !== null) channel.pipe(child.stdin);
  child.stdout?.pipe(channel, { end: false });
  child.stderr?.pipe(channel.stderr, { end: false });
  child.on("error", () => finish(channel, 127, null));
  child.on("close", (status, signal) => finish(channel, status, signal));
}

function finish(channel: ServerChannel, status: number | null, signal: NodeJS.Signals | null): void {
  if (!channel.writable) return;
  if (signal !== null) channel.exit(signal.slice(3), false, "");
  else channel.exit(status ?? 255);
  channel.end();
}

function endGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // Nobody of the group is left.
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
