import { accountsToAsk, hostFindings as findingsIn } from "../../core/proxy-host/findings.ts";
import * as at from "../../core/proxy-host/layout.ts";
import { filesAt, readAccountTexts } from "./facts.ts";
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
];

/** How this machine differs from what `prepare` made of it, in sentences; two runs of sshd, about 30 ms. */
export async function hostFindings(): Promise<readonly string[]> {
  const [files, accounts, config] = await Promise.all([filesAt(LOOKED_AT), readAccountTexts(), sshdConfig()]);
  const asked = accountsToAsk({ files, ...accounts });
  const effective = await Promise.all(asked.map(async (name) => [name, await sshdSaysFor(name)] as const));
  return findingsIn({ files, ...accounts, config, effective: new Map(effective) });
}
