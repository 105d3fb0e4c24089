import { spawn } from "node:child_process";
import { connect } from "node:net";
import type { Readable } from "node:stream";

const LONGEST = 8192;
const END_WITHIN = 1_000;

/** The first line that an SSH server sends (RFC 4253, 4.2), read straight from it. */
export async function bannerOf(host: string, port: number, timeout: number): Promise<string> {
  const socket = connect({ host, port });
  try {
    return await readBanner(socket, `${host}:${port}`, timeout);
  } finally {
    socket.destroy();
  }
}

/** The same, by a local socket. */
export async function bannerAt(path: string, timeout: number): Promise<string> {
  const socket = connect({ path });
  try {
    return await readBanner(socket, path, timeout);
  } finally {
    socket.destroy();
  }
}

/** The same, read through an ssh client that stands on an open master (`ssh -W`). */
export async function bannerThrough(args: readonly string[], timeout: number): Promise<string> {
  // Its stdin is a pipe that ends with us: a probe outlives nobody.
  const child = spawn("ssh", args, { stdio: ["pipe", "pipe", "ignore"] });
  child.stdin.on("error", () => {});
  const failed = new Promise<never>((_, reject) => child.once("error", reject));
  try {
    return await Promise.race([readBanner(child.stdout, "tunnel", timeout), failed]);
  } finally {
    // Killed, it would leave its channel open in the master for as long as nothing else wakes that.
    child.stdin.end();
    child.stdout.resume();
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      // The master has them too, and holds them for as long as nobody answers there: they would keep this process alive.
      child.stdout.destroy();
    }, END_WITHIN);
    child.once("exit", () => clearTimeout(timer));
  }
}

/** Servers may send other lines first; the one that counts begins with SSH-. Behind the answer nothing is listened to. */
export function readBanner(stream: Readable, from: string, timeout: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const over = () => {
      clearTimeout(timer);
      stream.off("data", hear);
    };
    const fail = (why: string) => {
      over();
      reject(new Error(`${from} sent no SSH banner: ${why}`));
    };
    const hear = (chunk: Buffer) => {
      text += chunk.toString("latin1", 0, LONGEST);
      const banner = /^SSH-[^\r\n]*(?=\r?\n)/m.exec(text)?.[0];
      if (banner === undefined) {
        if (text.length >= LONGEST) fail("other text");
        return;
      }
      over();
      resolve(banner);
    };
    const timer = setTimeout(() => fail(`nothing within ${timeout / 1000} s`), timeout);
    stream.on("data", hear);
    stream.once("error", (error) => fail(error.message));
    stream.once("close", () => fail("closed"));
  });
}
