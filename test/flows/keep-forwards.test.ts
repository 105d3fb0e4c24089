import { describe, expect, it } from "@jest/globals";
import { Failure, unavailable } from "../../core/failure.ts";
import { type ForwardState, KeptForwards } from "../../flows/keep-forwards.ts";

/** Openings of which each either fails or breaks, as the list says; the last one stays up. */
function kept(outcomes: readonly (Failure | string)[]) {
  const states: ForwardState[] = [];
  const pauses: number[] = [];
  let [opened, closed] = [0, 0];
  let stays: (why: string) => void = () => {};
  let isUp: () => void = () => {};
  const lastUp = new Promise<void>((resolve) => {
    isUp = resolve;
  });
  const forwards = new KeptForwards({
    async open() {
      const outcome = outcomes[opened];
      opened += 1;
      if (outcome instanceof Failure) throw outcome;
      const ended =
        outcome === undefined
          ? new Promise<string>((resolve) => {
              stays = resolve;
            })
          : Promise.resolve(outcome);
      return {
        ended,
        close: async () => {
          closed += 1;
          stays("closed");
        },
      };
    },
    pause: async (milliseconds) => {
      pauses.push(milliseconds);
    },
    random: () => 0.5,
    tell: (state) => {
      states.push(state);
      if (state.kind === "up" && opened > outcomes.length) isUp();
    },
  });
  return { forwards, states, pauses, lastUp, counts: () => ({ opened, closed }) };
}

const away = unavailable("333.hula.atlas", new Error("nothing heard"));
const no = new Failure("refused", "333.hula.atlas is not enrolled any more");

describe("forwards that are kept", () => {
  it("come back when they break, with pauses that grow until one works", async () => {
    const { forwards, states, pauses, lastUp } = kept(["broke", away, away]);
    const over = forwards.run();
    await lastUp;
    expect(pauses).toEqual([1000, 2000, 4000]);
    expect(states.map(({ kind }) => kind)).toEqual([
      "opening",
      "up",
      "down",
      "opening",
      "down",
      "opening",
      "down",
      "opening",
      "up",
    ]);
    await forwards.stop();
    await over;
  });

  it("fail at once where they never worked", async () => {
    const { forwards, counts } = kept([away]);
    await expect(forwards.run()).rejects.toBe(away);
    expect(counts()).toEqual({ opened: 1, closed: 0 });
  });

  it("end at a clear no", async () => {
    const { forwards, counts } = kept(["broke", no]);
    await expect(forwards.run()).rejects.toBe(no);
    expect(counts()).toEqual({ opened: 2, closed: 1 });
  });

  it("are closed when stopped, and do not come back", async () => {
    const { forwards, states, lastUp, counts } = kept([]);
    const over = forwards.run();
    await lastUp;
    await forwards.stop();
    await over;
    expect(counts().opened).toBe(1);
    expect(counts().closed).toBeGreaterThan(0);
    expect(states.at(-1)).toEqual({ kind: "up" });
  });
});
