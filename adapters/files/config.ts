import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

/** `<config>/warren`, where a computer keeps its profiles: $XDG_CONFIG_HOME, or ~/.config (XDG Base Directory). */
export function configFolder(env: NodeJS.ProcessEnv = process.env): string {
  const { XDG_CONFIG_HOME: config = "" } = env;
  // The specification: a relative path is invalid and to be ignored.
  const base = isAbsolute(config) ? config : join(env.HOME || homedir(), ".config");
  return join(base, "warren");
}

/** The folder of one computer's profile, by its id. */
export const profileFolder = (id: string, env?: NodeJS.ProcessEnv): string => join(configFolder(env), id);
