import { type ChildProcess, spawn } from "node:child_process";

/**
 * Ends `pid` when this process is gone, however it went: the watchdog reads a pipe that only we hold, and a kernel
 * closes pipes also after SIGKILL. POSIX sh, for a device has no more for sure. Returns what calls it off.
 */
export function watch(pid: number): () => void {
  const script = 'read -r _; kill -9 "$1" 2>/dev/null';
  const dog: ChildProcess = spawn("/bin/sh", ["-c", script, "warren-watchdog", String(pid)], {
    stdio: ["pipe", "ignore", "ignore"],
    // In a group of its own: Ctrl-C in a terminal must not take it before its time.
    detached: true,
  });
  // Without sh there is no watchdog, and the tunnel works all the same.
  dog.on("error", () => {});
  dog.stdin?.on("error", () => {});
  dog.unref();
  return () => {
    dog.kill("SIGKILL");
  };
}
