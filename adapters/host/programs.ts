import type { Programs } from "../../core/inspection.ts";
import { run } from "../openssh/run.ts";

const TIMEOUT = 5_000;

/** Versions of what Warren runs on. */
export const programs: Programs = {
  node: process.versions.node,
  // ssh writes its version to stderr: `OpenSSH_9.6p1 Ubuntu-3ubuntu13, …`
  ssh: () => versionIn("ssh", ["-V"], /^OpenSSH_(?:for_Windows_)?(\d+\.\d+)/m),
  git: () => versionIn("git", ["--version"], /^git version (\d+(?:\.\d+)+)/m),
};

async function versionIn(
  program: string,
  args: readonly string[],
  pattern: RegExp,
): Promise<string | undefined> {
  const ended = await run(program, args, { timeout: TIMEOUT }).catch(() => undefined);
  return ended === undefined ? undefined : pattern.exec(`${ended.stdout}\n${ended.stderr}`)?.[1];
}
