import type { Command } from "commander";
import { Failure } from "../core/failure.ts";

interface Options {
  readonly as?: string;
  readonly user?: string;
  readonly parallel: string;
  readonly json?: boolean;
}

/** `warren exec`: one command on many devices. */
export default function execCommand(program: Command): void {
  program
    .command("exec")
    .summary("run a command on many devices")
    .description(
      "Run CMD on many devices. TARGETS are names (333), globs (3*, *.hula) or systems (hula). Each line of output " +
        "begins with its device; the exit status is 1 if CMD failed anywhere.",
    )
    .usage("[options] <targets...> -- <cmd...>")
    .argument("<targets...>", "the devices")
    .option("--as <id>", "the controller to be, where this account is several")
    .option("--user <account>", "the account on the devices")
    .option("--parallel <number>", "how many devices at once", "32")
    .option("--json", "print one JSON document a line, one for each device")
    .action(async (words: readonly string[], { as, user, parallel, json }: Options) => {
      const { targets, command } = splitAtDashes(words, process.argv);
      const { execOn } = await import("./exec-run.ts");
      process.exitCode = await execOn({
        targets,
        command,
        as,
        user,
        parallel: atOnce(parallel),
        json: json ?? false,
      });
    });
}

/** commander drops the `--`: as many words as stand behind it on the command line are the command. */
export function splitAtDashes(words: readonly string[], argv: readonly string[]) {
  const at = argv.indexOf("--");
  const command = at < 0 ? [] : argv.slice(at + 1);
  const targets = words.slice(0, words.length - command.length);
  if (command.length === 0 || targets.length === 0) {
    throw new Failure("usage", "exec needs targets, --, and a command", {
      hint: "warren exec '3*' -- uptime",
    });
  }
  return { targets, command };
}

function atOnce(text: string): number {
  const number = /^[1-9][0-9]{0,2}$/.test(text) ? Number(text) : 0;
  if (number > 0 && number <= 256) return number;
  throw new Failure("usage", `--parallel is ${JSON.stringify(text)}; write a number from 1 to 256`);
}
