import { type Command, Option } from "commander";

interface Options {
  readonly realm?: string;
  readonly repository?: string;
  readonly hostKey: readonly string[];
  readonly sshd: string;
  readonly authorizedKeys: readonly string[];
  readonly issueStyle: "form" | "split";
  readonly rotate?: boolean;
  readonly again?: boolean;
  readonly wait: boolean;
  readonly json?: boolean;
}

const collect = (value: string, values: readonly string[]): readonly string[] => [...values, value];

/** `warren enroll`: this computer asks to be let into a realm. */
export default function enrollCommand(program: Command): void {
  program
    .command("enroll")
    .summary("ask for this computer to be let into a realm")
    .description(
      "Make this computer's keys, submit them as issues of the realm's repository with the token in GITHUB_TOKEN or " +
        "GH_TOKEN, wait until they are granted, and keep what the computer needs in ~/.config/warren/ID. Run again, it " +
        "goes on where it stopped. Private keys stay here.",
    )
    .argument("<id>", "<computer>.<system>.<realm>; a name that begins with controller is a controller")
    .option("--realm <file>", "the realm's rules (default: realm.yaml of its repository)")
    .option("--repository <owner/name>", "the realm's repository (default: as realm.yaml here names it)")
    .option("--host-key <file>", "a public host key of this device; may be repeated", collect, [])
    .option("--sshd <host:port>", "this device's SSH server, as seen from itself", "127.0.0.1:22")
    .option("--authorized-keys <account=path>", "where an account's keys stand; may be repeated", collect, [])
    .addOption(
      new Option("--issue-style <style>", "one issue, or one for each part")
        .choices(["form", "split"])
        .default("form"),
    )
    .option(
      "--rotate",
      "give this enrolled computer new keys, beside the old ones until they are known to work",
    )
    .option("--again", "submit anew what was submitted before")
    .option("--no-wait", "submit, and stop there")
    .option("--json", "print one JSON document when done")
    .action(async (id: string, options: Options) => {
      if (options.rotate === true) {
        const { rotateHere } = await import("./rotate-run.ts");
        const repository = options.repository ?? process.env.WARREN_REPOSITORY;
        const { again = false, wait, realm } = options;
        return print(await rotateHere({ id, realm, repository, again, wait }), options);
      }
      const { enrollHere } = await import("./enroll-run.ts");
      const done = await enrollHere({
        id,
        ...options,
        realm: options.realm,
        repository: options.repository ?? process.env.WARREN_REPOSITORY,
        again: options.again ?? false,
        json: options.json ?? false,
      });
      print(done, options);
    });
}

const print = (
  { document, lines }: { readonly document: unknown; readonly lines: readonly string[] },
  { json }: Pick<Options, "json">,
): void => console.log(json === true ? JSON.stringify(document) : lines.join("\n"));
