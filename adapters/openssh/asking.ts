import { closeSync, openSync } from "node:fs";

/** Whether ssh finds somebody to ask: a terminal, or a program that asks in its place (ssh(1), SSH_ASKPASS). */
export function canAsk(env: NodeJS.ProcessEnv = process.env): boolean {
  const { SSH_ASKPASS: program = "", SSH_ASKPASS_REQUIRE: require, DISPLAY: display = "" } = env;
  if (require === "force") return true;
  return hasTerminal() || (require !== "never" && program !== "" && display !== "");
}

/** ssh reads an answer from the controlling terminal, whatever its standard input is. */
function hasTerminal(): boolean {
  if (process.platform === "win32") return process.stdin.isTTY;
  try {
    closeSync(openSync("/dev/tty", "r+"));
    return true;
  } catch {
    return false;
  }
}
