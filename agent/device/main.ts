import "./light.ts";
import { parseArgs } from "node:util";
import { causeOf, Failure, type FailureCode } from "../../core/failure.ts";
import { version } from "../../package.json";
import { chosenFolder } from "./device-profile.ts";
import { install, uninstall } from "./install.ts";
import { log } from "./log.ts";
import { run } from "./run.ts";
import { status } from "./status.ts";

const USAGE = `usage: warren-agent COMMAND [--profile DIR]

  run         keep this device reachable, until SIGTERM
  install     have systemd keep it running from now on, also after a reboot
                --user     as a service of this account instead of the system's
                --dry-run  say what would be done, and print the unit
  status      say whether a controller could get in now (exit 0) or not (exit 1)
                --json     print one JSON document
  uninstall   take back what install did (--user, --dry-run as there)

DIR is what \`warren enroll\` made; without it, the only device that this account has enrolled.
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
      return run(await chosenFolder(values.profile));
    case "install":
    case "uninstall": {
      const { user = false, "dry-run": dryRun = false } = values;
      const profile = await chosenFolder(values.profile);
      const installing = { profile, manager: user ? "user" : "system", dryRun } as const;
      return command === "install" ? install(installing, print) : uninstall(installing, print);
    }
    case "status":
      process.exitCode = await status(await chosenFolder(values.profile), values.json === true, print);
      return;
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
        user: { type: "boolean" },
        "dry-run": { type: "boolean" },
        json: { type: "boolean" },
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
