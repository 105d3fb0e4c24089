import { existsSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { readInput } from "../adapters/files/read.ts";
import { Failure } from "../core/failure.ts";
import { type Sandbox, startSandbox } from "./start.ts";
import { StoryTeller } from "./story/teller.ts";

export interface RunOptions {
  readonly realm?: string;
  readonly story?: boolean;
  readonly once?: boolean;
  readonly json?: boolean;
}

/** Runs a sandbox until interrupted, or with `once` until its story is told; returns the exit code. */
export async function runSandbox(options: RunOptions): Promise<number> {
  if (options.once === true && options.story !== true) {
    throw new Failure("usage", "--once goes with --story");
  }
  if (options.json === true && options.story === true) {
    throw new Failure("usage", "--json and --story both write to stdout; choose one");
  }
  const dist = dirname(realpathSync(process.argv[1] ?? ""));
  const interrupted = interruption();
  const teller = new StoryTeller();
  if (options.json !== true) process.stderr.write("starting a realm on this machine …\n");
  const starting = startSandbox({
    realm: await realmFile(options.realm, dist),
    dist,
    synced: (run) => teller.synced(run),
  });
  const started = await Promise.race([starting, interrupted.signal]);
  if (started === "interrupted") {
    await starting.then((sandbox) => sandbox.stop()).catch(() => {});
    return interrupted.exit();
  }
  try {
    return await live(started, options, teller, interrupted);
  } finally {
    await started.stop();
  }
}

async function live(
  sandbox: Sandbox,
  { story = false, once = false, json = false }: RunOptions,
  teller: StoryTeller,
  interrupted: Interruption,
): Promise<number> {
  if (json) process.stdout.write(`${JSON.stringify(readyLine(sandbox))}\n`);
  else if (!story) for (const line of readyLines(sandbox)) process.stdout.write(`${line}\n`);
  if (story) {
    const { tellStory } = await import("./story/story.ts");
    const told = await Promise.race([
      tellStory(sandbox, teller).then(() => "told" as const),
      interrupted.signal,
    ]);
    if (told === "interrupted") return interrupted.exit();
    if (once) return 0;
  }
  await interrupted.signal;
  process.stderr.write("\nstopping; nothing is left behind\n");
  return interrupted.exit();
}

interface Interruption {
  readonly signal: Promise<"interrupted">;
  /** Ctrl-C is how a sandbox is meant to end. */
  exit(): number;
}

function interruption(): Interruption {
  const signal = new Promise<"interrupted">((resolve) => {
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      // Kept on: a second Ctrl-C must not leave the folder behind.
      process.on(name, () => resolve("interrupted"));
    }
  });
  return { signal, exit: () => 0 };
}

async function realmFile(given: string | undefined, dist: string): Promise<{ file: string; text: string }> {
  const here = given ?? (existsSync("realm.yaml") ? "realm.yaml" : join(dist, "../realm.yaml"));
  return { file: here, text: await readInput(here) };
}

const readyLine = ({ urls, realm, proxy, dir }: Sandbox) => ({
  forge: urls.forge,
  repository: realm.repository.fullName,
  iot: urls.iot,
  broker: urls.broker,
  proxy,
  dir,
});

const readyLines = ({ urls, realm, proxy, dir }: Sandbox): readonly string[] => [
  `realm ${realm.name} is ready`,
  `  forge   ${urls.forge}   (repository ${realm.repository.fullName}; token sandbox-<login> acts as that person)`,
  `  iot     ${urls.iot}`,
  `  broker  ${urls.broker}`,
  `  proxy   ${proxy.host}:${proxy.port}`,
  `  folder  ${dir}`,
  "Ctrl-C ends it",
];
