import { spawn } from "node:child_process";
import { join } from "node:path";
import type { Bundle } from "../../core/access/bundle.ts";
import { encodeBundle, type Outcome, readOutcome } from "../../core/access/bundle.ts";
import { type Held, readHeld } from "../../core/access/held.ts";
import { Failure, failureOf, unavailable } from "../../core/failure.ts";
import type { Proxies } from "../../core/ports/proxies.ts";
import type { ProxyHost } from "../../core/realm/realm.ts";
import { inPrivateFolder } from "../files/private-folder.ts";
import { writeSecret } from "../files/write.ts";
import { SSH_FAILED } from "../openssh/run.ts";
import { lineReader } from "./lines.ts";

/** Until the proxy has said what it holds; then it may check and write for a while. */
const ANSWER_WITHIN = 9_000;
const APPLY_WITHIN = 300_000;

/** One `ssh` to the sync user, whose key's forced command is `warren proxy apply`. */
export class SshProxies implements Proxies {
  readonly #key: string;

  /** `key`: the file of the sync key, mode 0600. */
  constructor(key: string) {
    this.#key = key;
  }

  exchange(
    proxy: ProxyHost,
    respond: (held: Held) => Promise<Bundle | undefined>,
  ): Promise<Outcome | undefined> {
    return inPrivateFolder(async (folder) => {
      const knownHosts = join(folder, "known_hosts");
      await writeSecret(knownHosts, proxy.hostKeys.map(({ line }) => `${aliasOf(proxy)} ${line}\n`).join(""));
      return talk(proxy, sshArguments(proxy, this.#key, knownHosts), respond);
    });
  }
}

/** Says nothing of the user's own ssh_config: a sync depends on realm.yaml alone. */
const sshArguments = (proxy: ProxyHost, key: string, knownHosts: string): readonly string[] => [
  "-T",
  ...["-F", "none"],
  ...["-i", key],
  ...["-p", String(proxy.port)],
  ...[
    "BatchMode=yes",
    "IdentitiesOnly=yes",
    "IdentityAgent=none",
    "PreferredAuthentications=publickey",
    "StrictHostKeyChecking=yes",
    `UserKnownHostsFile="${knownHosts}"`,
    "GlobalKnownHostsFile=none",
    `HostKeyAlias=${aliasOf(proxy)}`,
    "UpdateHostKeys=no",
    "ClearAllForwardings=yes",
    "ConnectTimeout=8",
    "ServerAliveInterval=15",
    "LogLevel=ERROR",
  ].flatMap((option) => ["-o", option]),
  `${proxy.syncUser}@${proxy.host}`,
];

const aliasOf = ({ name }: ProxyHost): string => `warren-proxy-${name}`;

async function talk(
  proxy: ProxyHost,
  args: readonly string[],
  respond: (held: Held) => Promise<Bundle | undefined>,
): Promise<Outcome | undefined> {
  const subject = `proxy ${proxy.name} (${proxy.host}:${proxy.port})`;
  const child = spawn("ssh", args, { stdio: ["pipe", "pipe", "pipe"] });
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  const lines = lineReader(child);
  // A proxy that ends early says why on its other streams.
  child.stdin.on("error", () => {});
  try {
    const first = await lines.next(ANSWER_WITHIN);
    if (first === undefined) throw silence(subject, lines.errors(), await ended);
    const held = readHeld(first);
    if (!held.ok) throw new Failure("refused", `${subject}: ${held.problem}`);
    const bundle = await respond(held.value);
    child.stdin.end(bundle === undefined ? undefined : encodeBundle(bundle));
    if (bundle === undefined) return undefined;
    const last = await lines.next(APPLY_WITHIN);
    if (last === undefined) throw silence(subject, lines.errors(), await ended);
    const outcome = readOutcome(last);
    if (!outcome.ok) throw new Failure("refused", `${subject}: ${outcome.problem}`);
    return outcome.value;
  } catch (error) {
    throw failureOf(error, subject);
  } finally {
    child.stdin.end();
    child.kill();
    await ended;
  }
}

function silence(subject: string, errors: readonly string[], status: number | null): Failure {
  if (status === SSH_FAILED || status === null) {
    return unavailable(subject, new Error(errors.at(-1) ?? `ssh ended with status ${status}`));
  }
  return new Failure(
    "refused",
    `${subject} ended with status ${status}: ${errors.join(" | ") || "it says no more"}`,
  );
}
