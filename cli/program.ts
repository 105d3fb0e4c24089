import { Command } from "commander";
import { Failure } from "../core/failure.ts";
import { type Entry, GROUPS, INNER } from "./commands.ts";

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
      if (entry.name === wanted && entry.load !== undefined) (await entry.load()).default(program);
      else announce(program, entry);
    }
  }
  for (const { name, load } of INNER) if (name === wanted) (await load?.())?.default(program);
  return program;
}

/** The command's name: the first word, or the one behind `help`. */
const chosen = (argv: readonly string[]): string | undefined => {
  const [first, second] = argv.filter((word) => !word.startsWith("-"));
  return first === "help" ? second : first;
};

/** Shows a command in the help. One that is not built yet says so when it is called, and what to do instead. */
function announce(program: Command, { name, summary, until }: Entry): void {
  const command = program.command(name).summary(summary);
  if (until === undefined) return;
  command
    .description(`${summary}\n\nNot built yet: ${until}.`)
    .allowUnknownOption()
    .allowExcessArguments()
    .action(() => {
      throw new Failure("usage", `warren ${name} is not built yet`, { hint: until });
    });
}
