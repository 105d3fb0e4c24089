import type { Command } from "commander";

/** `warren schema`: realm.yaml's schema, for editors. */
export default function schemaCommand(program: Command): void {
  program
    .command("schema")
    .summary("print realm.yaml's JSON Schema, for editors")
    .description("Print the JSON Schema of realm.yaml, the same as docs/realm.schema.json.")
    .option("--json", "the same: a schema is JSON")
    .action(async () => {
      const { printRealmSchema } = await import("../../core/realm/schema.ts");
      process.stdout.write(printRealmSchema());
    });
}
