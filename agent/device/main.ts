import { parseArgs } from "node:util";
import { causeOf, Failure, type FailureCode } from "../../core/failure.ts";
import { version } from "../../package.json";
import { log } from "./log.ts";
import { run } from "./run.ts";

const USAGE = `usage: warren-agent COMMAND

  run --profile DIR   keep this device reachable, until SIGTERM; DIR is what \`warren enroll\` made
  install             not built yet
  uninstall           not built yet
  status              not built yet

With WARREN_PARENT=stdin in its environment, \`run\` ends when its standard input does.
`;
const EXIT: Readonly<Record<FailureCode, number>> = { refused: 1, usage: 2, unavailable: 3 };

try {
  await main(process.argv.slice(2));
} catch (error) {
  log(causeOf(error));
  if (error instanceof Failure && error.hint !== undefined) log(`hint: ${error.hint}`);
  process.exitCode = error instanceof Failure ? EXIT[error.code] : EXIT.usage;
}

async function main(argv: readonly string[]): Promise<void> {
  const { values, positionals } = readArguments(argv);
  const [command, ...more] = positionals;
  if (values.version === true) return print(`${version}\n`);
  if (values.help === true) return print(USAGE);
  if (more.length > 0) throw wrongUsage(`${JSON.stringify(more[0])} is one argument too many`);
  switch (command) {
    case "run":
      if (values.profile === undefined) throw wrongUsage("--profile is missing");
      return run(values.profile);
    case "install":
    case "uninstall":
    case "status":
      throw new Failure(
        "usage",
        `${command} is not built yet; start \`warren-agent run\` by a service of your own`,
      );
    case undefined:
      throw wrongUsage("command is missing");
    default:
      throw wrongUsage(`command ${JSON.stringify(command)} is none of run, install, uninstall, status`);
  }
}

function readArguments(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        profile: { type: "string" },
        help: { type: "boolean", short: "h" },
        version: { type: "boolean" },
      },
    });
  } catch (error) {
    throw wrongUsage(causeOf(error));
  }
}

function wrongUsage(problem: string): Failure {
  return new Failure("usage", problem, { hint: "warren-agent --help" });
}

function print(text: string): void {
  process.stdout.write(text);
}
