import type { Command } from "commander";
import { blockCommand } from "./proxy-block.ts";
import { prepareCommand } from "./proxy-prepare.ts";

interface Root {
  readonly root: string;
}

/** `warren proxy …`: what root runs on a proxy. */
export default function proxyCommand(program: Command): void {
  proxyCommands(program.command("proxy").summary("look after a proxy, on the proxy itself"));
}

/** The same commands for the one-file program that `prepare` puts on the proxy, which has no others. */
export function proxyCommands(proxy: Command): void {
  prepareCommand(proxy);
  const command = (name: string, summary: string) =>
    proxy
      .command(name)
      .summary(summary)
      .description(`${summary[0]?.toUpperCase()}${summary.slice(1)}.`)
      .option("--root <dir>", "the folder that holds etc/warren", "/");

  command("apply", "take a sync's bundle on stdin and put it in force")
    .option("--force <reason>", "let any number of keys go, or an older registry come; for root's shell")
    .action(async ({ root, force }: Root & { readonly force?: string }) => {
      const { applyFromStdin } = await import("./proxy-apply.ts");
      process.exitCode = await applyFromStdin(root, force);
    });

  command("status", "say what is in force, who is connected, and what is not as it was applied")
    .option("--json", "print one JSON document")
    .action(async ({ root, json }: Root & { readonly json?: boolean }) => {
      const { statusOf } = await import("./proxy-status.ts");
      const { document, lines, sound } = await statusOf(root);
      console.log(json === true ? JSON.stringify(document, null, 2) : lines.join("\n"));
      process.exitCode = sound ? 0 : 1;
    });

  command("rollback", "put the earlier generation back in force, until the next sync").action(
    async ({ root }: Root) => {
      const { DiskGenerations } = await import("../../adapters/files/generations.ts");
      const generations = new DiskGenerations(root);
      const { name, back } = await generations.locked(() => generations.rollBack());
      console.log(`generation ${name} is in force`);
      for (const key of back) console.error(`${key} is let in again; \`block ${key}\` if it was revoked`);
      const { sweepSessions } = await import("./proxy-block-run.ts");
      const { tellBrokerBack } = await import("./proxy-broker.ts");
      process.exitCode = Math.max(await sweepSessions(root), await tellBrokerBack(root));
    },
  );

  command("broker", "tell the broker on this host whom the generation in force lets in").action(
    async ({ root }: Root) => {
      const { tellBrokerHere } = await import("./proxy-broker.ts");
      process.exitCode = await tellBrokerHere(root);
    },
  );

  blockCommand(proxy);
}
