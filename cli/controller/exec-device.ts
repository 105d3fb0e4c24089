import { join } from "node:path";
import { runRemote } from "../../adapters/openssh/remote-command.ts";
import type { Outcome } from "../../core/exec/outcome.ts";
import { unavailable } from "../../core/failure.ts";
import { formatId } from "../../core/names.ts";
import type { Reached } from "../../flows/visit.ts";
import type { Target } from "./targets.ts";

/** What is run, the same on every device. */
export interface OnDevice {
  readonly command: readonly string[];
  readonly user?: string;
  /** Seconds. */
  readonly timeout?: number;
  readonly tty: boolean;
  readonly stdin?: string;
}

type Heard = (stream: "stdout" | "stderr", line: string) => Promise<unknown> | undefined;

/** Runs the command on one device. `logs` is a folder where ssh's own messages may stand meanwhile. */
export async function runOnDevice(
  { command, user, timeout, tty, stdin }: OnDevice,
  { id, controller }: Target,
  { port }: Extract<Reached, { ok: true }>,
  { logs, heard, signal }: { readonly logs: string; readonly heard: Heard; readonly signal: AbortSignal },
): Promise<Outcome> {
  const device = formatId(id);
  const args = [
    ...["-F", controller.configFile, "-o", "BatchMode=yes", tty ? "-tt" : "-T"],
    ...(port === undefined ? [] : ["-p", String(port)]),
    ...(user === undefined ? [] : ["-l", user]),
    ...[device, ...command],
  ];
  const late = timeout === undefined ? undefined : AbortSignal.timeout(timeout * 1000);
  const either = AbortSignal.any(late === undefined ? [signal] : [signal, late]);
  const input = stdin === undefined ? {} : { stdin };
  const end = await runRemote({ args, log: join(logs, device), heard, signal: either, ...input });
  if (signal.aborted) return { kind: "interrupted" };
  if (late?.aborted === true) return { kind: "timed-out", seconds: timeout ?? 0 };
  if (end.kind === "status") return { kind: "done", status: end.status };
  if (end.kind === "killed") return { kind: "lost", why: "ssh was killed" };
  if (end.begun) return { kind: "lost", why: end.why };
  return { kind: "not-reached", failure: unavailable(device, new Error(end.why)) };
}
