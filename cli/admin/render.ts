import type { Command } from "commander";

interface Options {
  readonly realm: string;
  readonly registry: string;
  readonly out: string;
}

/** `warren render`: the exact files of every proxy, offline, from files. */
export default function renderCommand(program: Command): void {
  program
    .command("render")
    .summary("write the files that the proxies must hold")
    .description("Write, for each proxy, the exact files that it must hold: DIR/<proxy>/… Reads files only.")
    .option("--realm <file>", "the realm's rules", "realm.yaml")
    .requiredOption("--registry <dir>", "a checkout of the branch `registry`")
    .requiredOption("--out <dir>", "where to write; files of systems that are gone are removed there")
    .action(async ({ realm, registry, out }: Options) => {
      const { renderFiles } = await import("./render-files.ts");
      for (const line of await renderFiles({ realm, registry, out })) console.log(line);
    });
}
