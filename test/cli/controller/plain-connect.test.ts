import { describe, expect, it } from "@jest/globals";
import { Command } from "commander";
import fc from "fast-check";
import { plainConnect } from "../../../cli/controller/plain-connect.ts";

/** What the parser makes of the words, by the options of `warren connect`. */
function parsed(argv: readonly string[]): unknown {
  let read: unknown;
  const program = new Command("warren")
    .enablePositionalOptions()
    .helpCommand("help [command]")
    .exitOverride()
    .configureOutput({ writeOut: () => {}, writeErr: () => {} });
  program
    .command("connect")
    .argument("<name>")
    .argument("[cmd...]")
    .option("--as <id>")
    .option("--wake")
    .passThroughOptions()
    .action((target: string, command: readonly string[], options: { as?: string; wake?: boolean }) => {
      read = { target, command, as: options.as, wake: options.wake ?? false };
    });
  try {
    program.parse(argv, { from: "user" });
  } catch {
    return "refused";
  }
  return read;
}

describe("plainConnect", () => {
  const word = fc.oneof(
    fc.constantFrom(
      "connect",
      "333",
      "--",
      "-",
      "--as",
      "--wake",
      "--help",
      "-h",
      "help",
      "",
      "a@333",
      "x y",
    ),
    fc.string(),
  );

  it("reads words as the parser does, or leaves them to it", () => {
    fc.assert(
      fc.property(fc.array(word, { maxLength: 5 }), (words) => {
        const argv = ["connect", ...words];
        const plain = plainConnect(argv);
        expect(plain ?? parsed(argv)).toEqual(parsed(argv));
      }),
      { numRuns: 2000 },
    );
  });

  it("leaves other commands, options, and a name that is missing to the parser", () => {
    for (const argv of [
      [],
      ["connect"],
      ["list", "333"],
      ["connect", "--wake", "333"],
      ["connect", "--", "333"],
    ])
      expect(plainConnect(argv)).toBeUndefined();
    expect(plainConnect(["connect", "333", "--wake"])).toMatchObject({ command: ["--wake"], wake: false });
  });
});
