import { ProfileFolder } from "../../adapters/files/profile-folder.ts";
import { readStatus, type Seen, seenLines, seenReachable } from "../../core/computer/agent-status.ts";
import { Failure } from "../../core/failure.ts";
import { isAlive } from "./process-ticks.ts";
import { STATUS_FILE } from "./status-file.ts";

/** Says how the agent of this profile stands; returns the exit code: 0 if a controller could get in now, 1 otherwise. */
export async function status(path: string, json: boolean, print: (text: string) => void): Promise<0 | 1> {
  const folder = new ProfileFolder(path);
  const profile = await folder.profile();
  if (profile === undefined) throw new Failure("usage", `${path} holds no profile.json`);
  const seen = await see(folder);
  const reachable = seenReachable(seen);
  const { kind: state, ...more } = seen;
  const document = { id: profile.id, reachable, state, ...more };
  print(json ? `${JSON.stringify(document, null, 2)}\n` : `${seenLines(profile.id, seen).join("\n")}\n`);
  return reachable ? 0 : 1;
}

async function see(folder: ProfileFolder): Promise<Seen> {
  const text = await folder.read(STATUS_FILE);
  if (text === undefined) return { kind: "stopped" };
  const read = readStatus(text);
  if (!read.ok) throw new Failure("usage", `${folder.file(STATUS_FILE)} can't be used: ${read.problem}`);
  const { pid, ticks } = read.value;
  return (await isAlive(pid, ticks))
    ? { kind: "running", status: read.value }
    : { kind: "stopped", last: read.value };
}
