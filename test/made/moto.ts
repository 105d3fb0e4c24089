import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { MOTO } from "../../tools/moto.mjs";

const PYTHON = fileURLToPath(new URL(`../../${MOTO}/bin/python`, import.meta.url));

/** Whether `npm test` could install it. */
export const HAS_MOTO = existsSync(PYTHON);

export interface RunningMoto {
  /** What the AWS SDK needs to find its services; it lets anyone in. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** Starts moto's AWS on a free port of 127.0.0.1. */
export async function startMoto(region: string): Promise<RunningMoto> {
  const child = spawn(PYTHON, ["-m", "moto.server", "-H", "127.0.0.1", "-p", "0"], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { PATH: process.env.PATH, NO_COLOR: "1" },
  });
  const ended = once(child, "exit");
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stderr }).on("line", (line) => {
      const [found] = /http:\/\/127\.0\.0\.1:[0-9]+/.exec(line) ?? [];
      if (found !== undefined) resolve(found);
    });
    ended.then(() => reject(new Error("moto ended before it was ready")));
  });
  return {
    env: {
      AWS_ENDPOINT_URL: url,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: "ASIAMOTO",
      AWS_SECRET_ACCESS_KEY: "anything",
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
    },
    close: async () => {
      child.kill();
      await ended;
    },
  };
}
