import { accountsToAsk, hostFindings as findingsIn } from "../../core/proxy-host/findings.ts";
import * as at from "../../core/proxy-host/layout.ts";
import { readIfThere } from "../files/read.ts";
import { filesAt } from "./facts.ts";
import { sshdConfig, sshdSaysFor } from "./sshd.ts";

const LOOKED_AT = [
  at.DROP_IN,
  at.PAM,
  at.SUDOERS,
  at.RECORD,
  at.SERVE,
  at.SESSION,
  at.DEVICE,
  at.PROGRAM,
  at.SYNC_KEYS,
  at.UNIT_SERVICE,
  at.UNIT_TIMER,
  at.SSHD_UNIT,
];

/** How this machine differs from what `prepare` made of it, in sentences; two runs of sshd, about 30 ms. */
export async function hostFindings(): Promise<readonly string[]> {
  // Not by getent: each sync comes here, and `prepare` made its accounts in these files.
  const [files, passwd = "", group = "", config] = await Promise.all([
    filesAt(LOOKED_AT),
    readIfThere("/etc/passwd"),
    readIfThere("/etc/group"),
    sshdConfig(),
  ]);
  const accounts = { passwd, group };
  const asked = accountsToAsk({ files, ...accounts });
  const effective = await Promise.all(asked.map(async (name) => [name, await sshdSaysFor(name)] as const));
  return findingsIn({ files, ...accounts, config, effective: new Map(effective) });
}
