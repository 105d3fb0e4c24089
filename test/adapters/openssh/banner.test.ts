import { PassThrough } from "node:stream";
import { describe, expect, it } from "@jest/globals";
import { readBanner } from "../../../adapters/openssh/banner.ts";

describe("an SSH server's banner", () => {
  it("is the first line that begins so, however it comes", async () => {
    const stream = new PassThrough();
    const banner = readBanner(stream, "tunnel", 5_000);
    for (const part of ["hello\r\nSS", "H-2.0-Open", "SSH_9.2\r", "\nmore"]) stream.write(part);
    expect(await banner).toBe("SSH-2.0-OpenSSH_9.2");
  });

  it.each([
    ["something else", Buffer.alloc(16_384), "other text"],
    ["a banner that never ends", Buffer.from(`SSH-${"2".repeat(16_384)}`), "other text"],
  ])("is not waited for behind %s, and nothing that comes then is kept", async (_what, sent, why) => {
    const stream = new PassThrough();
    const banner = readBanner(stream, "tunnel", 5_000);
    stream.write(sent);
    await expect(banner).rejects.toThrow(`tunnel sent no SSH banner: ${why}`);
    // Who has it on a shared connection can't always end it at once: nobody listens to it any more.
    expect(stream.listenerCount("data")).toBe(0);
    expect(stream.destroyed).toBe(false);
  });

  it("is not waited for any longer than was asked", async () => {
    const stream = new PassThrough();
    await expect(readBanner(stream, "tunnel", 10)).rejects.toThrow("nothing within 0.01 s");
    expect(stream.listenerCount("data")).toBe(0);
  });
});
