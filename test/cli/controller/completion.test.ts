import { spawnSync } from "node:child_process";
import { describe, expect, it, jest } from "@jest/globals";
import { programFor } from "../../../cli/program.ts";

async function scriptOf(shell: string): Promise<string> {
  const printed = jest.spyOn(console, "log").mockImplementation(() => {});
  try {
    const program = await programFor(["completion"], "1.0.0");
    await program.parseAsync(["completion", shell], { from: "user" });
    return String(printed.mock.calls[0]?.[0]);
  } finally {
    printed.mockRestore();
  }
}

/** What bash would offer for the words, the last of them half typed. */
function offered(script: string, ...words: readonly string[]): readonly string[] {
  const ask = [
    script,
    "warren() { printf '333.hula.atlas\\n334.hula.atlas\\n'; }",
    `COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length - 1}`,
    `_warren; printf '%s\\n' "\${COMPREPLY[@]}"`,
  ];
  const { stdout } = spawnSync("bash", ["-c", ask.join("\n")], { encoding: "utf8" });
  return stdout.trim().split("\n");
}

const withBash = spawnSync("bash", ["--version"]).status === 0 ? it : it.skip;

describe("completion", () => {
  withBash("offers commands, then names, also behind an account", async () => {
    const script = await scriptOf("bash");
    expect(offered(script, "warren", "con")).toEqual(["connect"]);
    expect(offered(script, "warren", "connect", "33")).toEqual(["333.hula.atlas", "334.hula.atlas"]);
    expect(offered(script, "warren", "connect", "atlas@334")).toEqual(["atlas@334.hula.atlas"]);
    expect(offered(script, "warren", "validate", "33")).toEqual([""]);
  });

  it("says which shells there are", async () => {
    await expect(scriptOf("csh")).rejects.toMatchObject({ code: "usage" });
    expect(await scriptOf("fish")).toContain("complete -c warren");
    expect(await scriptOf("zsh")).toContain("bashcompinit");
  });
});
