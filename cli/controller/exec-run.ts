import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeTally, exitOf, type Outcome, summary } from "../../core/exec/outcome.ts";
import { formatId } from "../../core/names.ts";
import { type ExecPlan, type ExecPorts, ExecRun } from "../../flows/exec.ts";
import type { Reached } from "../../flows/visit.ts";
import { withCleanup } from "../interrupt.ts";
import { warn } from "../outcome.ts";
import { type Controller, openControllers } from "./controller.ts";
import { type OnDevice, runOnDevice } from "./exec-device.ts";
import { mustServe } from "./exec-input.ts";
import { execOutput, type Style } from "./exec-output.ts";
import { ExecScreen } from "./exec-screen.ts";
import { splitTarget } from "./split-target.ts";
import { type Target, targetsOf } from "./targets.ts";

export interface Exec extends OnDevice {
  readonly targets: readonly string[];
  readonly as?: string;
  readonly plan: ExecPlan;
  readonly style: Style;
  readonly raw: boolean;
}

/** Runs the command on all devices; resolves with the exit status. Ended by a signal, it still says what became of each. */
export async function execOn(exec: Exec): Promise<number> {
  if (exec.user !== undefined) splitTarget(`${exec.user}@`);
  const controllers = await openControllers(exec.as);
  const targets = await targetsOf(exec.targets, controllers);
  if (exec.stdin !== undefined) await mustServe(exec.stdin, targets.length);
  const logs = await mkdtemp(join(tmpdir(), "warren-exec-"));
  const screen = new ExecScreen();
  const { run, finish } = runIn(logs, targets, exec, screen);
  // Whatever ends this process, as a reader that has seen enough (`| head`), ends every ssh.
  process.once("exit", () => {
    screen.close();
    run.interrupt();
    rmSync(logs, { recursive: true, force: true });
  });
  const finished = run.on(targets).then(finish);
  const interrupted = async () => {
    run.interrupt();
    await finished;
  };
  return await withCleanup(interrupted, () => finished);
}

/** `logs`: a folder for ssh's own messages. */
function runIn(logs: string, targets: readonly Target[], exec: Exec, screen: ExecScreen) {
  const output = execOutput(exec.style, exec.raw, screen);
  const ports: ExecPorts<Target> = {
    reach: (some) => reachTogether(some, (message) => screen.tell(message)),
    run: (target, reached, signal) => {
      const heard = (stream: "stdout" | "stderr", line: string) =>
        output.heard(formatId(target.id), stream, line);
      return runOnDevice(exec, target, reached, { logs, heard, signal });
    },
    tell: ({ id }, outcome, tally) => {
      if (outcome !== "started") output.ended(formatId(id), outcome);
      if (targets.length > 1) screen.progress(`warren: ${describeTally(tally)}`);
    },
  };
  const finish = (outcomes: ReadonlyMap<Target, Outcome>): number => {
    screen.close();
    output.finish();
    const named = new Map([...outcomes].map(([{ id }, outcome]) => [formatId(id), outcome] as const));
    // Of one device its own line has said it all.
    const says = named.size > 1 ? summary(named) : undefined;
    if (says !== undefined) warn(says);
    return exitOf([...named.values()]);
  };
  return { run: new ExecRun(exec.plan, ports), finish };
}

/** The devices of each controller by a visit of its own. */
function reachTogether(targets: readonly Target[], tell: (message: string) => void) {
  const of = new Map<Controller, [Target, ...Target[]]>();
  for (const target of targets) {
    const others = of.get(target.controller);
    if (others === undefined) of.set(target.controller, [target]);
    else others.push(target);
  }
  const ways = new Map<Target, Promise<Reached>>();
  const visits = [...of].map(([controller, some]) => {
    const visit = controller.visit(tell);
    const ids = some.map(({ id }) => id);
    // Waves may begin hours after the command did.
    const each = controller.knownNow().then((now) => visit.reachEach(now ?? some[0].directory, ids));
    for (const [index, target] of some.entries()) {
      const way = each.then((all) => all[index] ?? Promise.reject(new Error("nobody was asked for it")));
      ways.set(target, way);
    }
    // What was only about to be woken is ended too.
    return { end: () => each.catch(() => undefined).then(() => visit.end()) };
  });
  return {
    each: targets.flatMap((target) => ways.get(target) ?? []),
    end: async () => {
      await Promise.all(visits.map((visit) => visit.end()));
    },
  };
}
