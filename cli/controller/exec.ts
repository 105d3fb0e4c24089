import type { Command } from "commander";
import { Failure } from "../../core/failure.ts";
import type { ExecOptions } from "./exec-options.ts";

/** `warren exec`: one command on many devices. */
export default function execCommand(program: Command): void {
  program
    .command("exec")
    .summary("run a command on many devices")
    .description(
      "Run CMD on many devices. TARGETS are names (333), globs (3*, *.hula), systems (hula), or @FILE with one of them a " +
        "line. Those that sleep are woken together; those that are offline are skipped and named. Each line of output " +
        "begins with its device. Ctrl-C ends all of it, by ending the sessions: a command that ignores that goes on, " +
        "unless it has a terminal (--tty). The exit status is 0 if CMD went well on every device, 3 if none was " +
        "reached, 1 otherwise, and 130 after Ctrl-C.",
    )
    .usage("[options] <targets...> -- <cmd...>")
    .argument("<targets...>", "the devices")
    .option("--as <id>", "the controller to be, where this account is several")
    .option("--user <account>", "the account on the devices")
    .option("--parallel <number>", "how many devices at once", "32")
    .option("--timeout <time>", "end a session after so long, as in 30 (seconds) or 5m")
    .option("--stop-after <number>", "begin no other device after so many failures")
    .option(
      "--wave <size>",
      "wave by wave, as in 5 or 10%; the next begins only if none failed, or fewer than --stop-after",
    )
    .option("--stdin <file>", "what CMD reads; otherwise nothing")
    .option("--tty", "give CMD a terminal, with which it ends; its two outputs become one")
    .option("--group", "at the end, output that is the same once, under the names of its devices")
    .option("--json", "print one JSON document a line, one for each device")
    .option("--raw", "leave control characters in the output, which can steer a terminal")
    .action(async (words: readonly string[], options: ExecOptions) => {
      const { targets, command } = splitAtDashes(words, process.argv);
      const [{ readExecOptions }, { execOn }] = await Promise.all([
        import("./exec-options.ts"),
        import("./exec-run.ts"),
      ]);
      process.exitCode = await execOn({ targets, command, ...readExecOptions(options) });
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
