import { describe, expect, it } from "@jest/globals";
import { PortQuestions } from "../../../adapters/openssh/port-questions.ts";

describe("questions for ports", () => {
  it("that come at the same time are asked together", async () => {
    const asked: (readonly number[])[] = [];
    const questions = new PortQuestions({
      together: async (ports) => {
        asked.push(ports);
        return new Map(ports.map((port) => [port, port % 2 === 0 ? "up" : "down"]));
      },
      alone: () => Promise.reject(new Error("nobody asks one by one")),
    });
    expect(await Promise.all([1, 2, 3].map((port) => questions.answers(port)))).toEqual([false, true, false]);
    expect(await questions.answers(4)).toBe(true);
    expect(asked).toEqual([[1, 2, 3], [4]]);
  });

  it("are asked one by one where no connection is shared, and not all at once", async () => {
    let [running, most] = [0, 0];
    const questions = new PortQuestions({
      together: async () => new Map(),
      alone: async (port) => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
        if (port === 7) throw new Error("nothing there");
        return true;
      },
    });
    const ports = Array.from({ length: 50 }, (_, index) => index);
    const answers = await Promise.all(ports.map((port) => questions.answers(port)));
    expect(answers).toEqual(ports.map((port) => port !== 7));
    expect(most).toBeLessThan(20);
  });
});
