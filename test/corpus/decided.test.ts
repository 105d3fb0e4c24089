import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { decisionJson } from "../../core/decision/decision-text.ts";
import { LONG } from "../made/long.ts";
import { type Honest, honest, hostile } from "./corpus.ts";
import { enrolledFiles, issueFileOf, judged, needsRecord, REALM_FILE } from "./judged.ts";

const named = <T extends Honest>(all: readonly T[]) => all.map((each) => [each.name, each] as const);

describe("decide, on the corpus", () => {
  it.each(named(honest))("lets alice, or an admin, let in: %s", async (_name, each) => {
    const decision = await judged(each);
    expect({ kind: decision.kind, because: decision.kind === "none" ? [] : decision.because }).toMatchObject({
      kind: /^controller.*\.hula\./.test(each.title) ? "ask" : "grant",
    });
  });

  it.each(named(hostile))("grants nobody, and asks nobody about: %s", async (_name, each) => {
    const decision = await judged(each);
    expect(decision.kind).toBe("refuse");
    const text = decision.kind === "refuse" && decision.because[0].rule === "submission.text";
    expect(text).toBe(each.stops === "text");
  });
});

describe("warren decide in the shell", () => {
  const warren = fileURLToPath(new URL("../../dist/warren.js", import.meta.url));
  const run = promisify(execFile);
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "warren-test-"));
    for (const [path, text] of Object.entries(enrolledFiles)) {
      mkdirSync(join(folder, "registry", dirname(path)), { recursive: true });
      writeFileSync(join(folder, "registry", path), text);
    }
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const shell = async (each: Honest, file: string): Promise<{ exit: number; json: unknown }> => {
    writeFileSync(file, issueFileOf(each));
    const registry = needsRecord(each) ? ["--registry", join(folder, "registry")] : [];
    const args = [warren, "decide", "--realm", REALM_FILE, ...registry, "--issue", file, "--json"];
    return run(process.execPath, args).then(
      ({ stdout }) => ({ exit: 0, json: JSON.parse(stdout) }),
      ({ code, stdout }) => ({ exit: code, json: JSON.parse(stdout) }),
    );
  };
  /** Places name the file as it was given. */
  const plain = (json: unknown): unknown =>
    JSON.parse(JSON.stringify(json).replaceAll(REALM_FILE, "realm.yaml"));

  // One process for each: all of them in the long run, one in twelve otherwise.
  const all = [...honest, ...hostile];
  const some = LONG ? all : all.filter((_, index) => index % 24 === 0);
  it(
    `agrees with the library on ${some.length} of ${all.length}`,
    async () => {
      const waiting = [...some.entries()];
      const worker = async () => {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
          const [index, each] = next;
          const decision = await judged(each);
          const said = await shell(each, join(folder, `${index}.json`));
          expect({ name: each.name, exit: said.exit, json: plain(said.json) }).toEqual({
            name: each.name,
            exit: decision.kind === "grant" ? 0 : 1,
            json: decisionJson(decision),
          });
        }
      };
      await Promise.all([worker(), worker()]);
    },
    LONG ? 600_000 : 60_000,
  );
});
