import { type ChildProcess, spawn } from "node:child_process";
import { constants, open, readFile } from "node:fs/promises";
import type { Readable } from "node:stream";
import { causeOf, Failure } from "../../core/failure.ts";
import { lastLine } from "../../core/lines.ts";
import { printable } from "../../core/quote.ts";
import { LineSplitter } from "./line-splitter.ts";
import { SSH_FAILED } from "./run.ts";

const DIE_WITHIN = 2_000;
/** What ssh says of a session that had begun. */
const LATE = /^(Timeout, server |client_loop: |Connection to \S+ (port \d+ )?closed)/;
/** The proxy opened nothing: who stands behind it has no name or port for ssh. */
const UNANSWERED = /UNKNOWN port 65535/;

export interface RemoteCommand {
  /** Everything that ssh takes: options, the device, the command. */
  readonly args: readonly string[];
  /** Where ssh writes its own messages, so that they can be told from the command's; it is left there. */
  readonly log: string;
  /** The command's standard input is this file; left out: empty. */
  readonly stdin?: string;
  /** Hears each line. What it returns is waited for before more is read. */
  heard(stream: "stdout" | "stderr", line: string): Promise<unknown> | undefined;
  /** Ends ssh. */
  readonly signal: AbortSignal;
}

/** How ssh ended. */
export type RemoteEnd =
  | { readonly kind: "status"; readonly status: number }
  /** ssh itself failed, perhaps after the command had `begun`. */
  | { readonly kind: "ssh"; readonly begun: boolean; readonly why: string }
  /** By the signal, or another. */
  | { readonly kind: "killed" };

/** Runs a command by ssh, without a terminal of this side's. */
export async function runRemote({ args, log, stdin, heard, signal }: RemoteCommand): Promise<RemoteEnd> {
  const file = stdin === undefined ? undefined : await openInput(stdin);
  const child = spawn("ssh", ["-E", log, ...args], {
    stdio: [file?.fd ?? "ignore", "pipe", "pipe"],
    // Ctrl-C is for us to pass on: one that it ended by itself would look like one that failed.
    detached: true,
  });
  const gone = ended(child);
  let begun = false;
  const listen = async (name: "stdout" | "stderr") => {
    const lines = new LineSplitter();
    const pass = async (some: readonly string[]) => {
      for (const line of some) await heard(name, line);
    };
    try {
      for await (const chunk of child[name] as Readable) {
        // On the other one the ssh to the proxy may have spoken.
        begun ||= name === "stdout";
        await pass(lines.push(chunk));
      }
    } catch (error) {
      // The end that we made of it is this command's alone: the other devices' go on.
      if (!signal.aborted) throw error;
    }
    await pass(lines.end());
  };
  const kill = () => end(child);
  signal.addEventListener("abort", kill, { once: true });
  if (signal.aborted) kill();
  try {
    const [status] = await Promise.all([gone, listen("stdout"), listen("stderr")]);
    if (status === null) return { kind: "killed" };
    const said = status === SSH_FAILED ? lastLine(await readFile(log, "utf8").catch(() => "")) : "";
    if (said === "") return { kind: "status", status };
    // It may quote what the device's server said.
    const why = UNANSWERED.test(said) ? "its tunnel is down" : printable(said);
    return { kind: "ssh", begun: begun || LATE.test(said), why };
  } finally {
    signal.removeEventListener("abort", kill);
    await file?.close();
  }
}

/** Each ssh reads it from its beginning. Opening it waits for nobody: a thread that waits there outlives all but SIGKILL. */
const openInput = (path: string) =>
  open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((cause: unknown) => {
    throw new Failure("usage", `${path} can't be read: ${causeOf(cause)}`, { cause });
  });

function end(child: ChildProcess): void {
  child.kill("SIGTERM");
  const timer = setTimeout(() => {
    child.kill("SIGKILL");
    // A process that it left behind may hold them open.
    child.stdout?.destroy();
    child.stderr?.destroy();
  }, DIE_WITHIN);
  child.once("close", () => clearTimeout(timer));
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once("error", (cause) => {
      if (child.pid !== undefined) return;
      const hint = "install the OpenSSH client";
      reject(new Failure("usage", `ssh can't be run: ${causeOf(cause)}`, { cause, hint }));
    });
    child.once("exit", (status) => resolve(status));
  });
}
