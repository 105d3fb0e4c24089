import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type IotStart, type StartedIot, startIot } from "../../sandbox/iot/start.ts";
import { realm } from "../fixtures/people.ts";

/** The certificate service of the example realm, in a folder that ends with it. */
export async function startedIot(options: Omit<IotStart, "realm" | "dir"> = {}): Promise<StartedIot> {
  const dir = await mkdtemp(join(tmpdir(), "warren-test-"));
  const iot = await startIot({ realm, dir, ...options });
  return {
    ...iot,
    close: async () => {
      await iot.close();
      await rm(dir, { recursive: true });
    },
  };
}

/** Sets variables for as long as the returned function isn't called. */
export function withEnvironment(env: Readonly<Record<string, string>>): () => void {
  const before = Object.keys(env).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, env);
  return () => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
}
