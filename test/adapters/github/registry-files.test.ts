import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "@jest/globals";
import { type Header, pack } from "tar-stream";
import { githubClient } from "../../../adapters/github/client.ts";
import { Forge } from "../../../adapters/github/forge.ts";
import { readTarball } from "../../../adapters/github/registry-files.ts";
import type { CommitId } from "../../../core/registry/record.ts";

const COMMIT = "a".repeat(40) as CommitId;

/** What a reader is given of an archive with these entries, as GitHub wraps it into a folder. */
async function readFrom(entries: readonly (readonly [Partial<Header> & { name: string }, string?])[]) {
  const tar = pack();
  for (const [header, text] of entries)
    tar.entry({ ...header, name: `wildlife-atlas-${COMMIT}/${header.name}` }, text ?? "");
  tar.finalize();
  const bytes = gzipSync(await buffer(tar));
  const client = githubClient({ baseUrl: "http://127.0.0.1:9" });
  const request = async () => ({ data: new Response(bytes).body });
  const forge = new Forge({
    ...client,
    request: Object.assign(request, { endpoint: client.request.endpoint }),
  } as never);
  const files = new Map<string, string>();
  const repository = { owner: "wildlife", repo: "atlas" };
  await readTarball(forge, repository, COMMIT, (path, file) => files.set(path, file.toString()));
  return files;
}

describe("a registry read as an archive", () => {
  const head = [{ name: "registry.json" }, "{}"] as const;

  it("is its records and registry.json, whatever else lies beside them", async () => {
    const files = await readFrom([
      head,
      [{ name: "hula", type: "directory" }],
      [{ name: "hula/333.json" }, "record"],
      [{ name: "README.md" }, "read me"],
      [{ name: "hula/deep/333.json" }, "too deep"],
      [{ name: "link", type: "symlink", linkname: "/etc/passwd" }],
    ]);
    expect([...files]).toEqual([
      ["registry.json", "{}"],
      ["hula/333.json", "record"],
    ]);
  });

  it.each(["symlink", "link"] as const)(
    "can't be read where a record is a %s: its computer is not gone",
    async (type) => {
      await expect(
        readFrom([head, [{ name: "hula/333.json", type, linkname: "../registry.json" }]]),
      ).rejects.toMatchObject({ code: "unavailable", message: expect.stringContaining("hula/333.json") });
    },
  );

  it("can't be read where a file is larger than any record", async () => {
    await expect(readFrom([head, [{ name: "hula/333.json" }, "x".repeat(1_048_577)]])).rejects.toMatchObject({
      code: "unavailable",
    });
  });
});
