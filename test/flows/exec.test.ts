import { describe, expect, it } from "@jest/globals";
import type { Outcome } from "../../core/exec/outcome.ts";
import { Failure } from "../../core/failure.ts";
import { type ExecPlan, ExecRun } from "../../flows/exec.ts";
import type { Reached } from "../../flows/visit.ts";
import { id } from "../made/access.ts";

const names = (count: number) => Array.from({ length: count }, (_, index) => `d${index}`);
const way = (name: string): Reached => ({ ok: true, id: id(`${name}.hula.atlas`) });
const noWay = (name: string): Reached => {
  const failure = new Failure("unavailable", `${name} is offline`);
  return { ok: false, id: id(`${name}.hula.atlas`), failure };
};

/** Devices on which the command ends as `ends` says; 0 for those it doesn't name. */
function devices(plan: ExecPlan, ends: Readonly<Record<string, number | "offline" | "hangs">> = {}) {
  const happened: string[] = [];
  let running = 0;
  let most = 0;
  const run: ExecRun<string> = new ExecRun<string>(plan, {
    reach: (targets) => {
      happened.push(`wake ${targets.join(" ")}`);
      return {
        each: targets.map(async (name) => (ends[name] === "offline" ? noWay(name) : way(name))),
        end: async () => void happened.push("sleep"),
      };
    },
    run: async (name, _, signal) => {
      happened.push(name);
      running += 1;
      most = Math.max(most, running);
      const end = ends[name] ?? 0;
      await new Promise<void>((resolve) => {
        if (end === "hangs") signal.addEventListener("abort", () => resolve(), { once: true });
        else setImmediate(resolve);
      });
      running -= 1;
      return { kind: "done", status: typeof end === "number" ? end : 0 };
    },
    tell: () => {},
  });
  const kinds = async (count: number) =>
    [...(await run.on(names(count))).values()].map((outcome: Outcome) =>
      outcome.kind === "done" ? outcome.status : outcome.kind,
    );
  return { run, kinds, happened, most: () => most };
}

describe("a command on many devices", () => {
  it("wakes all of them together, and runs on as many at once as it may", async () => {
    const { kinds, happened, most } = devices({ parallel: 3 });
    expect(await kinds(8)).toEqual(Array(8).fill(0));
    expect(most()).toBe(3);
    expect(happened[0]).toBe(`wake ${names(8).join(" ")}`);
    expect(happened.at(-1)).toBe("sleep");
  });

  it("goes on after failures where nobody says when to stop", async () => {
    expect(await devices({ parallel: 1 }, { d0: 1, d1: 1 }).kinds(4)).toEqual([1, 1, 0, 0]);
  });

  it("begins none after as many failures as were allowed", async () => {
    const { kinds } = devices({ parallel: 1, stopAfter: 2 }, { d0: 1, d2: 7 });
    expect(await kinds(5)).toEqual([1, 0, 7, "not-tried", "not-tried"]);
  });

  it("goes wave by wave, and each wakes its own devices only", async () => {
    const wave = { kind: "count", count: 2 } as const;
    const { kinds, happened } = devices({ parallel: 9, wave });
    expect(await kinds(3)).toEqual([0, 0, 0]);
    expect(happened).toEqual(["wake d0 d1", "d0", "d1", "sleep", "wake d2", "d2", "sleep"]);
  });

  it("halts after a wave with a failure, which all of that wave were tried in", async () => {
    const wave = { kind: "share", percent: 50 } as const;
    const { kinds, happened } = devices({ parallel: 1, wave }, { d0: 1 });
    expect(await kinds(4)).toEqual([1, 0, "not-tried", "not-tried"]);
    expect(happened).not.toContain("wake d2 d3");
  });

  it("goes on to the next wave after fewer failures than were allowed", async () => {
    const wave = { kind: "count", count: 1 } as const;
    const { kinds } = devices({ parallel: 1, wave, stopAfter: 2 }, { d0: 1, d2: 1 });
    expect(await kinds(4)).toEqual([1, 0, 1, "not-tried"]);
  });

  it("does not halt for a device that is offline: nothing was tried there", async () => {
    const wave = { kind: "count", count: 1 } as const;
    const { kinds } = devices({ parallel: 1, wave }, { d0: "offline" });
    expect(await kinds(3)).toEqual(["not-reached", 0, 0]);
  });

  it("ends what runs and begins nothing any more when it is interrupted", async () => {
    const { run, kinds, happened } = devices({ parallel: 2 }, { d0: "hangs", d1: "hangs" });
    const ended = kinds(4);
    while (!happened.includes("d1")) await new Promise(setImmediate);
    run.interrupt();
    expect(await ended).toEqual(["interrupted", "interrupted", "not-tried", "not-tried"]);
    expect(happened.at(-1)).toBe("sleep");
  });

  it("gives the proxy's failure for every device", async () => {
    const failure = new Failure("unavailable", "proxy does not answer");
    const run = new ExecRun<string>(
      { parallel: 2 },
      {
        reach: (targets) => ({ each: targets.map(() => Promise.reject(failure)), end: async () => {} }),
        run: async () => ({ kind: "done", status: 0 }),
        tell: () => {},
      },
    );
    const outcomes = await run.on(["a", "b"]);
    expect([...outcomes.values()]).toEqual(Array(2).fill({ kind: "not-reached", failure }));
  });
});
