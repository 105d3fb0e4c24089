import type { Command } from "commander";
import { Failure } from "../../core/failure.ts";
import { quoted } from "../../core/quote.ts";

/** `warren completion`: what a shell needs to complete commands and the names of devices. */
export default function completionCommand(program: Command): void {
  program
    .command("completion")
    .summary("print what makes a shell complete names")
    .description(
      "Print a script that completes commands and the names of the devices that are known here; no proxy is asked. " +
        "For bash: source <(warren completion bash), in ~/.bashrc; zsh the same; for fish: warren completion fish | source.",
    )
    .argument("[shell]", "bash, zsh or fish")
    .option("--names", "print the names, one a line: what the scripts call")
    .action(async (shell: string | undefined, { names }: { readonly names?: boolean }) => {
      if (names === true) {
        const { knownNames } = await import("./completion-names.ts");
        console.log((await knownNames()).join("\n"));
        return;
      }
      console.log(
        scriptFor(
          shell ?? "",
          program.commands.map((command) => command.name()),
        ),
      );
    });
}

/** The commands that take a device's name. */
const NAMING = ["connect", "disconnect", "exec", "forward", "socks"];

function scriptFor(shell: string, commands: readonly string[]): string {
  if (shell === "fish") return fish(commands);
  if (shell === "bash") return bash(commands);
  // zsh runs bash's own way of completing.
  if (shell === "zsh")
    return `autoload -U +X compinit && compinit -i\nautoload -U +X bashcompinit && bashcompinit\n${bash(commands)}`;
  throw new Failure("usage", `shell is ${quoted(shell)}; write bash, zsh or fish`);
}

const bash = (commands: readonly string[]): string => `_warren() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=
  case $COMP_CWORD in 1) COMPREPLY=($(compgen -W '${commands.join(" ")}' -- "$word")); return ;; esac
  case \${COMP_WORDS[1]} in ${NAMING.join("|")}) ;; *) return ;; esac
  case $word in *@*) before=\${word%@*}@ ;; esac
  COMPREPLY=($(compgen -P "$before" -W "$(warren completion --names 2>/dev/null)" -- "\${word#"$before"}"))
}
complete -o default -F _warren warren`;

const fish = (commands: readonly string[]): string => `complete -c warren -f
complete -c warren -n __fish_use_subcommand -a '${commands.join(" ")}'
complete -c warren -n '__fish_seen_subcommand_from ${NAMING.join(" ")}' -a '(warren completion --names 2>/dev/null)'`;
