import { DiskGenerations } from "../adapters/files/generations.ts";
import { DiskRemovalLog, guardOf } from "../adapters/files/guard.ts";
import { HostAccounts } from "../adapters/host/system-accounts.ts";
import { LONGEST_BUNDLE } from "../core/access/bundle.ts";
import { Failure } from "../core/failure.ts";
import { instantOf } from "../core/time.ts";
import { apply } from "../flows/apply.ts";

/**
 * The proxy's side of a sync, on stdin and stdout: one JSON line of what is held, then the sender's bundle (nothing at
 * all: nothing to do), then one JSON line of what came of it. Returns the exit code.
 */
export async function applyFromStdin(root: string, force: boolean): Promise<0 | 1> {
  const generations = new DiskGenerations(root);
  await printLine(await generations.current());
  const bytes = await readStdin();
  if (bytes.length === 0) return 0;
  const ports = {
    generations,
    removals: new DiskRemovalLog(generations.folder),
    clock: { now: () => instantOf(new Date()) },
    ...(root === "/" ? { accounts: new HostAccounts() } : {}),
  };
  const guard = force ? undefined : await guardOf(generations.folder);
  const outcome = await apply(ports, bytes, { guard });
  await printLine(outcome);
  if (outcome.kind === "applied") return 0;
  for (const problem of outcome.problems) console.error(problem);
  return 1;
}

const printLine = (value: unknown): Promise<void> =>
  new Promise((resolve, reject) => {
    process.stdout.write(`${JSON.stringify(value)}\n`, (error) => (error ? reject(error) : resolve()));
  });

async function readStdin(): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > LONGEST_BUNDLE) throw new Failure("usage", `bundle is longer than ${LONGEST_BUNDLE} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
