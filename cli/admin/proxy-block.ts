import type { Command } from "commander";
import { Failure } from "../../core/failure.ts";

interface BlockOptions {
  readonly root: string;
  readonly reason?: string;
  readonly list?: boolean;
  readonly undo?: string;
  readonly json?: boolean;
}

/** `warren proxy block`: for root, when GitHub can't be waited for. */
export function blockCommand(proxy: Command): void {
  proxy
    .command("block")
    .summary("refuse a key at once and end its sessions")
    .description(
      "Refuse a key on this proxy at once, whatever a sync brings, and end its sessions. Nothing but this machine is needed.",
    )
    .argument("[fingerprint]", "SHA256:… as ssh-keygen -lf and sshd's log print it")
    .option("--reason <text>", "for whoever looks later", "")
    .option("--list", "print the blocked keys")
    .option("--undo <fingerprint>", "let a key in again, where a sync brings it")
    .option("--json", "with --list: print one JSON document")
    .option("--root <dir>", "the folder that holds etc/warren", "/")
    .action(async (fingerprint: string | undefined, options: BlockOptions) => {
      const { blockKey, listBlocked, unblockKey } = await import("./proxy-block-run.ts");
      const { root, reason = "", list = false, undo, json = false } = options;
      const asked = [fingerprint !== undefined, list, undo !== undefined].filter(Boolean).length;
      if (asked !== 1) throw new Failure("usage", "write a fingerprint, --list or --undo, one of them");
      if (fingerprint !== undefined) process.exitCode = await blockKey(root, fingerprint, reason);
      else if (undo !== undefined) process.exitCode = await unblockKey(root, undo);
      else await listBlocked(root, json);
    });
}
