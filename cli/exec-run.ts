import pLimit from "p-limit";
import { runLines } from "../adapters/openssh/session.ts";
import { causeOf, Failure } from "../core/failure.ts";
import { formatId } from "../core/names.ts";
import { terminalText } from "../core/terminal-text.ts";
import type { Reached, Visit } from "../flows/visit.ts";
import { closeAll, splitTarget } from "./connect-run.ts";
import { type Controller, openControllers } from "./controller.ts";
import { withCleanup } from "./interrupt.ts";
import { warn } from "./outcome.ts";
import { type Target, targetsOf } from "./targets.ts";

export interface Exec {
  readonly targets: readonly string[];
  readonly command: readonly string[];
  readonly as: string | undefined;
  readonly user: string | undefined;
  readonly parallel: number;
  readonly json: boolean;
}

/** How the command ended on one device. */
interface HostResult {
  readonly computer: string;
  /** ssh's exit status; left out where ssh was not even started. */
  readonly status?: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly failure?: Failure;
}

/** Runs the command on all devices; 1 if it failed on one. Nothing at all reached is a failure of its own. */
export async function execOn(exec: Exec): Promise<number> {
  if (exec.user !== undefined) splitTarget(`${exec.user}@`);
  const controllers = await openControllers(exec.as);
  const abort = new AbortController();
  try {
    const targets = await targetsOf(exec.targets, controllers);
    const groups = controllers
      .map((controller) => ({
        controller,
        visit: controller.visit(warn),
        targets: targets.filter((target) => target.controller === controller),
      }))
      .filter((group) => group.targets.length > 0);
    const end = async () => {
      abort.abort();
      await Promise.all(groups.map(({ visit }) => visit.end()));
    };
    const limit = pLimit(exec.parallel);
    const results = await withCleanup(end, async () => {
      const run = groups.map((group) => visitAll(exec, group, (work) => limit(work), abort.signal));
      return (await Promise.all(run).finally(end)).flat();
    });
    const [first] = results;
    if (first?.failure !== undefined && results.every(({ failure }) => failure?.code === "unavailable")) {
      if (results.length === 1) throw first.failure;
      throw new Failure("unavailable", `none of ${results.length} devices was reached`);
    }
    return results.every(({ status }) => status === 0) ? 0 : 1;
  } finally {
    await closeAll(controllers);
  }
}

interface Group {
  readonly controller: Controller;
  readonly visit: Visit;
  readonly targets: readonly Target[];
}

type Limit = (work: () => Promise<HostResult>) => Promise<HostResult>;

async function visitAll(
  exec: Exec,
  { controller, visit, targets }: Group,
  limit: Limit,
  signal: AbortSignal,
): Promise<readonly HostResult[]> {
  const [first] = targets;
  if (first === undefined) return [];
  const ids = targets.map(({ id }) => id);
  const reached = await visit.reach(first.directory, ids).catch((error: unknown) => {
    const failure = error instanceof Failure ? error : new Failure("unavailable", causeOf(error));
    return ids.map((id): Reached => ({ ok: false, id, failure }));
  });
  const results = reached.map((one) =>
    limit(async () => {
      const result = one.ok ? await runOn(exec, controller, one, signal) : notReached(one);
      show(result, exec.json);
      return result;
    }),
  );
  return Promise.all(results);
}

async function runOn(
  { user, command, json }: Exec,
  controller: Controller,
  { id, port }: Extract<Reached, { ok: true }>,
  signal: AbortSignal,
): Promise<HostResult> {
  const computer = formatId(id);
  const options = [
    ...(port === undefined ? [] : ["-p", String(port)]),
    ...(user === undefined ? [] : ["-l", user]),
  ];
  const kept = { stdout: "", stderr: "" };
  const hear = (stream: "stdout" | "stderr") => (line: string) => {
    const text = terminalText(line);
    if (json) kept[stream] += `${text}\n`;
    else process[stream].write(`${computer}: ${text}\n`);
  };
  const args = ["-F", controller.configFile, "-o", "BatchMode=yes", ...options, computer, ...command];
  const status = await runLines(args, { stdout: hear("stdout"), stderr: hear("stderr") }, signal);
  return { computer, status, ...kept };
}

const notReached = ({ id, failure }: Extract<Reached, { ok: false }>): HostResult => ({
  computer: formatId(id),
  stdout: "",
  stderr: "",
  failure,
});

/** The output has been shown already, except in JSON. */
function show({ computer, status, stdout, stderr, failure }: HostResult, json: boolean): void {
  if (json) {
    const how =
      failure === undefined ? { status } : { failure: { code: failure.code, message: failure.message } };
    console.log(JSON.stringify({ computer, ...how, stdout, stderr }));
  } else if (failure !== undefined) console.error(`${computer}: ${failure.message}`);
  else if (status !== 0) console.error(`${computer}: exit status ${status}`);
}
