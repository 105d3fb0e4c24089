import { causeOf } from "../core/failure.ts";
import { createLogger } from "./logger.ts";
import { startService } from "./service.ts";
import { readSettings } from "./settings.ts";

/** What began may take so long to end, and then is cut off: every step can be repeated. */
const GRACE_MS = 20_000;
const ORPHAN_GRACE_MS = 3000;

async function main(): Promise<void> {
  const read = readSettings(process.env);
  if (!read.ok) {
    for (const problem of read.problems) process.stderr.write(`${problem}\n`);
    process.exit(2);
  }
  const log = createLogger(read.settings.logLevel, (line) => process.stderr.write(line));
  const service = await startService(read.settings, log);

  let stopping = false;
  const stop = async (why: string, graceMs = GRACE_MS) => {
    if (stopping) return;
    stopping = true;
    log.info({ why }, "stopping");
    setTimeout(() => process.exit(1), graceMs).unref();
    await service.stop();
    process.exit(0);
  };
  process.once("SIGTERM", () => stop("SIGTERM"));
  process.once("SIGINT", () => stop("SIGINT"));
  if (read.settings.endsWithStdin) {
    process.stdin.once("close", () => stop("standard input ended", ORPHAN_GRACE_MS));
    process.stdin.resume();
  }
  process.stdout.write(
    `${JSON.stringify({ ready: true, url: service.url, ...(service.metricsUrl === undefined ? {} : { metrics: service.metricsUrl }) })}\n`,
  );
}

main().catch((error: unknown) => {
  process.stderr.write(`app did not start: ${causeOf(error)}\n`);
  process.exit(3);
});
