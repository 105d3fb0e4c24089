import { hasPassword, PASSWORD_TOO, passwordDropIn, passwordFile } from "../core/computer/password-demand.ts";
import { Failure } from "../core/failure.ts";
import type { Host } from "../core/ports/proxy-host.ts";
import { differences, includesDropIns, readEffective } from "../core/proxy-host/sshd.ts";
import { reload } from "../core/proxy-host/sshd-steps.ts";

const SSHD_CONFIG = "/etc/ssh/sshd_config";

export interface PasswordDemand {
  /** The device's. */
  readonly id: string;
  /** None: nobody is asked for a password any more. */
  readonly accounts: readonly string[];
  readonly dryRun: boolean;
}

/**
 * Has this device's sshd ask for a password beside the key, or no longer. It is checked before sshd hears of it, and
 * taken back where sshd would not do as it says; returns what was done, in sentences.
 */
export async function requirePassword(host: Host, demand: PasswordDemand): Promise<readonly string[]> {
  const { id, accounts, dryRun } = demand;
  const path = passwordFile(id);
  const held = await host.read(path);
  const text = accounts.length === 0 ? undefined : passwordDropIn(id, accounts);
  if (text !== undefined) await mustWork(host, accounts);
  if (held?.text === text) return [];
  const does = text === undefined ? `removes ${path}` : `writes ${path}`;
  if (dryRun) return [does];
  await put(host, path, text);
  try {
    await mustBeTaken(host, text === undefined ? [] : accounts);
  } catch (error) {
    await put(host, path, held?.text);
    throw error;
  }
  const { systemd, sshdPid } = await host.facts();
  const commands = reload({ systemd, sshdPid }).flatMap((step) =>
    step.kind === "command" ? [step.argv] : [],
  );
  for (const argv of commands) {
    const { status, says } = await host.run(argv);
    if (status !== 0) throw new Failure("refused", `${argv.join(" ")} failed: ${says.trim()}`);
  }
  return [
    does,
    ...(commands.length > 0 ? ["reloads sshd"] : ["no running sshd was found: it counts when sshd starts"]),
  ];
}

const put = (host: Host, path: string, text: string | undefined): Promise<void> =>
  text === undefined ? host.remove(path) : host.write({ path, text, mode: 0o644 });

/** Nobody is locked out: sshd reads the file, and each account has a password that it can ask for. */
async function mustWork(host: Host, accounts: readonly string[]): Promise<void> {
  const config = (await host.read(SSHD_CONFIG))?.text ?? "";
  if (!includesDropIns(config)) {
    const hint = `put this line first: Include /etc/ssh/sshd_config.d/*.conf`;
    throw new Failure("refused", `${SSHD_CONFIG} does not read its drop-ins`, { hint });
  }
  for (const account of accounts) {
    const { status, says } = await host.run(["passwd", "-S", account]);
    if (status === 0 && hasPassword(says)) continue;
    throw new Failure("refused", `account ${account} has no password, so nobody could log in`, {
      hint: `passwd ${account}`,
    });
  }
}

async function mustBeTaken(host: Host, accounts: readonly string[]): Promise<void> {
  const tested = await host.run(["sshd", "-t"]);
  if (tested.status !== 0) throw new Failure("refused", `sshd would not take it: ${tested.says.trim()}`);
  const config = await host.sshdConfig();
  for (const account of accounts) {
    const said = await host.sshdFor(account);
    if (!said.ok) throw new Failure("refused", `sshd does not say how it treats ${account}: ${said.says}`);
    const [other] = differences(account, PASSWORD_TOO, readEffective(said.text), config);
    if (other !== undefined) throw new Failure("refused", other);
  }
}
