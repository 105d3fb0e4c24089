import { parseWave } from "../../core/exec/waves.ts";
import { Failure } from "../../core/failure.ts";
import type { Parsed } from "../../core/place.ts";
import { quoted } from "../../core/quote.ts";
import { parseDuration } from "../../core/time.ts";
import type { Exec } from "./exec-run.ts";

/** As they were typed. */
export interface ExecOptions {
  readonly as?: string;
  readonly user?: string;
  readonly parallel: string;
  readonly timeout?: string;
  readonly stopAfter?: string;
  readonly wave?: string;
  readonly stdin?: string;
  readonly tty?: boolean;
  readonly group?: boolean;
  readonly json?: boolean;
  readonly raw?: boolean;
}

/** Seconds; timers hold no longer times than 24 days. */
const LONGEST_TIMEOUT = 7 * 86_400;

export function readExecOptions(options: ExecOptions): Omit<Exec, "targets" | "command"> {
  const { as, user, parallel, timeout, stopAfter, wave, stdin, tty, group, json, raw } = options;
  if (group === true && json === true) {
    throw new Failure("usage", "--group and --json are two ways to show the output; choose one");
  }
  return {
    tty: tty ?? false,
    raw: raw ?? false,
    style: json === true ? "json" : group === true ? "groups" : "lines",
    ...(as === undefined ? {} : { as }),
    ...(user === undefined ? {} : { user }),
    ...(stdin === undefined ? {} : { stdin }),
    ...(timeout === undefined ? {} : { timeout: secondsOf(timeout) }),
    plan: {
      parallel: numberOf("--parallel", parallel, 256),
      ...(stopAfter === undefined ? {} : { stopAfter: numberOf("--stop-after", stopAfter, 100_000) }),
      ...(wave === undefined ? {} : { wave: good(parseWave(wave)) }),
    },
  };
}

/** `30` or `5m`. */
function secondsOf(text: string): number {
  const read = parseDuration(/^[0-9]+$/.test(text) ? `${text}s` : text);
  if (read.ok && read.value <= LONGEST_TIMEOUT) return read.value;
  throw new Failure(
    "usage",
    `--timeout is ${quoted(text)}; write seconds, or a number and s, m or h, 7d at most`,
  );
}

function numberOf(option: string, text: string, most: number): number {
  const number = /^[1-9][0-9]{0,5}$/.test(text) ? Number(text) : 0;
  if (number > 0 && number <= most) return number;
  throw new Failure("usage", `${option} is ${quoted(text)}; write a number from 1 to ${most}`);
}

function good<T>(read: Parsed<T>): T {
  if (read.ok) return read.value;
  throw new Failure("usage", read.problem);
}
