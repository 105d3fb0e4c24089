import { CommanderError } from "commander";
import { causeOf, Failure, type FailureCode } from "../core/failure.ts";
import { terminalLines } from "../core/terminal-text.ts";

const EXIT: Readonly<Record<FailureCode, number>> = { refused: 1, usage: 2, unavailable: 3 };

/**
 * The exit code that an error means, and what is said of it on stderr; nothing where it has been said already. A proxy,
 * a broker or a device may have chosen words of it: they steer no terminal.
 */
export function outcomeOf(error: unknown, debug: boolean): { readonly exit: number; readonly says: string } {
  // commander has printed its help or its complaint itself; the latter always means wrong usage.
  if (error instanceof CommanderError) return { exit: error.exitCode === 0 ? 0 : EXIT.usage, says: "" };
  const stack = debug && error instanceof Error ? `${stackOf(error)}\n` : "";
  if (error instanceof Failure) {
    const hint = error.hint === undefined ? "" : `hint: ${error.hint}\n`;
    return { exit: EXIT[error.code], says: terminalLines(`warren: ${error.message}\n${hint}${stack}`) };
  }
  const hint = debug ? "" : "hint: WARREN_DEBUG=1 shows where\n";
  return { exit: EXIT.usage, says: terminalLines(`warren: ${causeOf(error)}\n${hint}${stack}`) };
}

const stackOf = (error: Error): string =>
  error.cause instanceof Error ? `${error.stack}\ncaused by ${stackOf(error.cause)}` : String(error.stack);

/** As it stands on stderr. */
export const warning = (message: string): string => terminalLines(`warren: ${message}\n`);

/** Something that the user should know, though it goes on. */
export const warn = (message: string): void => {
  process.stderr.write(warning(message));
};
