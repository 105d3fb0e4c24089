import type { Command } from "commander";

interface Options {
  readonly json?: boolean;
}

/** `warren validate`: every problem in realm.yaml at once, each with its place. */
export default function validateCommand(program: Command): void {
  program
    .command("validate")
    .summary("check a realm.yaml, and list every problem in it")
    .description(
      "Check a realm.yaml. Every problem is listed, as FILE:LINE:COL path: message; exit 1 if there is one.",
    )
    .argument("[file]", "the realm's rules", "realm.yaml")
    .option("--json", "print one JSON document")
    .action(async (file: string, { json }: Options) => {
      const { validateFile } = await import("./validate-file.ts");
      const { valid, document, lines } = await validateFile(file);
      console.log(json === true ? JSON.stringify(document, null, 2) : lines.join("\n"));
      process.exitCode = valid ? 0 : 1;
    });
}
