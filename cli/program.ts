import { Command } from "commander";
import { GROUPS, INNER } from "./commands.ts";

/** The program as far as `argv` needs it: the command that it names is loaded, of the others only a line is shown. */
export async function programFor(argv: readonly string[], version: string): Promise<Command> {
  const program = new Command("warren")
    .description("Reach many Linux computers behind NAT by SSH, with GitHub as the control plane.")
    .version(version, "--version", "print the version")
    .helpOption("-h, --help", "show help")
    .enablePositionalOptions()
    .helpCommand("help [command]", "show help of a command")
    .showSuggestionAfterError(true)
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, "warren: ")) });
  const wanted = chosen(argv);
  for (const { title, entries } of GROUPS) {
    program.commandsGroup(title);
    for (const entry of entries) {
      if (entry.name === wanted) (await entry.load()).default(program);
      else program.command(entry.name).summary(entry.summary);
    }
  }
  for (const command of program.commands) explained(command, "warren");
  for (const { name, load } of INNER) if (name === wanted) (await load()).default(program);
  return program;
}

/** Wrong words end with where the right ones stand. */
function explained(command: Command, above: string): void {
  const name = `${above} ${command.name()}`;
  command.showHelpAfterError(`hint: ${name} --help`);
  for (const below of command.commands) explained(below, name);
}

/** The command's name: the first word, or the one behind `help`. */
const chosen = (argv: readonly string[]): string | undefined => {
  const [first, second] = argv.filter((word) => !word.startsWith("-"));
  return first === "help" ? second : first;
};
