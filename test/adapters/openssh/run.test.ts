import { describe, expect, it } from "@jest/globals";
import { run } from "../../../adapters/openssh/run.ts";

describe("run", () => {
  it("waits no longer than told for a program whose pipes another process holds, as a shared connection's ssh does", async () => {
    const began = performance.now();
    const ended = run("sh", ["-c", "sleep 8 & exec sleep 8"], { timeout: 200 });
    await expect(ended).rejects.toThrow("no answer within 0.2 s");
    expect(performance.now() - began).toBeLessThan(4_000);
  });
});
