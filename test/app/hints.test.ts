import { describe, expect, it } from "@jest/globals";
import { type Hint, Hints } from "../../app/hints.ts";
import { Pause } from "../../app/pause.ts";
import { Failure } from "../../core/failure.ts";

const hint = (number: number, computer?: string): Hint => ({
  what: "issue",
  repository: "wildlife/atlas",
  number,
  ...(computer === undefined ? {} : { computer }),
});
/** Work that goes on until it is told to end. */
function gated() {
  const started: number[] = [];
  const gates: (() => void)[] = [];
  const work = ({ number }: Hint) => {
    started.push(number);
    return new Promise<void>((resolve) => gates.push(resolve));
  };
  const next = async () => {
    while (gates.length === 0) await new Promise((resolve) => setImmediate(resolve));
    gates.shift()?.();
  };
  return { started, work, next };
}
const failed = () => undefined;

describe("the queue of hints", () => {
  it("works on one issue once at a time, and once more for all that came meanwhile", async () => {
    const { started, work, next } = gated();
    const hints = new Hints({ work, failed });
    const first = hints.push(hint(1));
    await next();
    const second = hints.push(hint(1));
    const third = hints.push(hint(1));
    expect(await first).toBe(true);
    await next();
    expect(await Promise.all([second, third])).toEqual([true, true]);
    expect(started).toEqual([1, 1]);
  });

  it("keeps the order of arrival, at most so many at once", async () => {
    const { started, work, next } = gated();
    const hints = new Hints({ work, failed, atOnce: 2 });
    const all = [5, 3, 4].map((issue) => hints.push(hint(issue)));
    await next();
    expect(started).toEqual([5, 3]);
    await next();
    await next();
    await Promise.all(all);
    expect(started).toEqual([5, 3, 4]);
  });

  it("works in order on one computer that came by two issues, and meanwhile on others", async () => {
    const { started, work, next } = gated();
    const hints = new Hints({ work, failed });
    const all = [hint(5, "333"), hint(3, "333"), hint(4, "334"), hint(5, "333")].map((one) =>
      hints.push(one),
    );
    await next();
    expect(started).toEqual([5, 4]);
    await next();
    await next();
    expect(await Promise.all(all)).toEqual([true, true, true, true]);
    expect(started).toEqual([5, 4, 3]);
  });

  it("serves whoever asks hundreds of times in turn with everybody else", async () => {
    const { started, work, next } = gated();
    const hints = new Hints({ work, failed, atOnce: 1 });
    const flood = Array.from({ length: 300 }, (_, at) => hints.push({ ...hint(100 + at), by: 666 }));
    const honest = [hints.push({ ...hint(1), by: 583231 }), hints.push({ ...hint(2), by: 583231 })];
    for (let turns = 0; turns < 5; turns += 1) await next();
    expect(await Promise.all(honest)).toEqual([true, true]);
    expect(started.slice(0, 5)).toEqual([100, 101, 1, 102, 2]);
    for (let turns = 5; turns < 302; turns += 1) await next();
    expect(await Promise.all(flood)).not.toContain(false);
  });

  it("keeps nobody waiting for issues that a stranger gave the same computer's name", async () => {
    const { started, work, next } = gated();
    const hints = new Hints({ work, failed, atOnce: 2 });
    const flood = [3, 4, 5].map((issue) => hints.push({ ...hint(issue, "333"), by: 666 }));
    const honest = hints.push({ ...hint(1, "333"), by: 583231 });
    await new Promise((resolve) => setImmediate(resolve));
    expect(started).toEqual([3, 1]);
    for (let issues = 0; issues < 4; issues += 1) await next();
    await Promise.all([...flood, honest]);
  });

  it("goes on with issues while a pull request is checked, of which it checks one at a time", async () => {
    const { started, work, next } = gated();
    const hints = new Hints({ work, failed, atOnce: 1 });
    const all = [7, 8].map((number) => hints.push({ ...hint(number), what: "pull" }));
    all.push(hints.push(hint(1)));
    await new Promise((resolve) => setImmediate(resolve));
    expect(started).toEqual([7, 1]);
    for (let turns = 0; turns < 3; turns += 1) await next();
    expect(await Promise.all(all)).toEqual([true, true, true]);
  });

  it("lets others have their turn while it waits to try again", async () => {
    const worked: number[] = [];
    const hints = new Hints({
      work: async ({ number }) => {
        worked.push(number);
        if (number === 1) throw new Failure("unavailable", "forge does not answer");
      },
      failed,
      atOnce: 1,
      retryMs: 60_000,
    });
    const first = hints.push(hint(1));
    expect(await hints.push(hint(2))).toBe(true);
    expect(worked).toEqual([1, 2]);
    await hints.stop();
    expect(await first).toBe(false);
  });

  it("begins nothing while GitHub wants to be left alone", async () => {
    const pause = new Pause();
    pause.hold(0.05);
    const left: number[] = [];
    const hints = new Hints({ work: async () => void left.push(pause.secondsLeft), failed, pause });
    expect(await hints.push(hint(1))).toBe(true);
    expect(left).toEqual([0]);
    pause.hold(1000);
    const waiting = hints.push(hint(2));
    await new Promise((resolve) => setImmediate(resolve));
    expect(hints.waiting).toBe(1);
    await hints.stop();
    expect(await waiting).toBe(false);
  });

  it("leaves to the sweep what comes when it is full", async () => {
    const { work, next } = gated();
    const hints = new Hints({ work, failed, atOnce: 1, most: 2 });
    const first = hints.push(hint(1));
    await new Promise((resolve) => setImmediate(resolve));
    const waiting = [hints.push(hint(2)), hints.push(hint(3))];
    expect(await hints.push(hint(4))).toBe(false);
    for (const _ of [1, 2, 3]) await next();
    expect(await Promise.all([first, ...waiting])).toEqual([true, true, true]);
  });

  it("tries again what did not answer, and gives up at once on anything else", async () => {
    let tries = 0;
    const failures: unknown[] = [];
    const hints = new Hints({
      work: async ({ number }) => {
        tries += 1;
        if (number === 2) throw new Error("bug");
        if (number === 3 || tries < 3) throw new Failure("unavailable", "forge does not answer");
      },
      failed: (_hint, error) => failures.push(error),
      retryMs: 1,
    });
    expect(await hints.push(hint(1))).toBe(true);
    expect(tries).toBe(3);
    tries = 0;
    expect(await hints.push(hint(2))).toBe(false);
    expect(tries).toBe(1);
    tries = 0;
    expect(await hints.push(hint(3))).toBe(false);
    expect(tries).toBe(4);
    expect(failures).toHaveLength(2);
  });

  it("when stopped, finishes what it began and begins nothing more", async () => {
    const { started, work, next } = gated();
    const hints = new Hints({ work, failed, atOnce: 1 });
    const first = hints.push(hint(1));
    const second = hints.push(hint(2));
    await new Promise((resolve) => setImmediate(resolve));
    const stopped = hints.stop();
    expect(await hints.push(hint(3))).toBe(false);
    await next();
    await stopped;
    expect(await Promise.all([first, second])).toEqual([true, false]);
    expect(started).toEqual([1]);
  });
});
