import { userInfo } from "node:os";
import { DiskGenerations } from "../../adapters/files/generations.ts";
import { DiskRemovalLog, guardOf } from "../../adapters/files/guard.ts";
import { hostFindings } from "../../adapters/host/findings.ts";
import { HostAccounts } from "../../adapters/host/system-accounts.ts";
import { DiskForceLog } from "../../adapters/sessions/forces.ts";
import { RecordedSessions } from "../../adapters/sessions/recorded.ts";
import { parseReason } from "../../core/access/blocked.ts";
import { LONGEST_BUNDLE } from "../../core/access/bundle.ts";
import { withFindings } from "../../core/access/held.ts";
import { sweptText } from "../../core/access/sessions.ts";
import { brokerText } from "../../core/broker/told.ts";
import { causeOf, Failure } from "../../core/failure.ts";
import { instantOf } from "../../core/time.ts";
import { apply } from "../../flows/apply.ts";
import { type BrokerHere, brokerAt } from "./proxy-broker.ts";

/**
 * The proxy's side of a sync, on stdin and stdout: one JSON line of what is held, then the sender's bundle (nothing at
 * all: nothing to do), then one JSON line of what came of it. Returns the exit code.
 */
export async function applyFromStdin(root: string, reason: string | undefined): Promise<0 | 1> {
  const force = reason === undefined ? undefined : forcedBy(reason);
  const generations = new DiskGenerations(root);
  const sessions = new RecordedSessions(root);
  const broker = await brokerAt(root);
  const [held, findings] = await Promise.all([generations.current(), findingsAt(root, sessions, broker)]);
  await printLine(withFindings(held, findings));
  const bytes = await readStdin();
  if (bytes.length === 0) return tellAgain(broker);
  const ports = {
    generations,
    removals: new DiskRemovalLog(generations.folder),
    clock: { now: () => instantOf(new Date()) },
    sessions,
    forces: new DiskForceLog(generations.folder),
    ...(broker === undefined ? {} : { tellBroker: broker.tell }),
    ...(root === "/" ? { accounts: new HostAccounts() } : {}),
  };
  const guard = await guardOf(generations.folder);
  const outcome = await apply(ports, bytes, { guard, ...(force === undefined ? {} : { force }) });
  await printLine(outcome);
  if (outcome.kind === "refused") {
    for (const problem of outcome.problems) console.error(problem);
    return 1;
  }
  const { sessions: swept, broker: told } = outcome.report;
  if (swept?.kind === "failed") console.error(sweptText(swept));
  if (told?.kind === "failed") console.error(brokerText(told));
  return swept?.kind === "failed" || told?.kind === "failed" ? 1 : 0;
}

/** A sync that had nothing to send: the broker may not have answered when there was something. */
async function tellAgain(broker: BrokerHere | undefined): Promise<0 | 1> {
  const told = await broker?.tell();
  if (told?.kind !== "failed") return 0;
  console.error(brokerText(told));
  return 1;
}

/** What no sync can mend. A host that can't be looked at stops no sync either. */
async function findingsAt(
  root: string,
  sessions: RecordedSessions,
  broker: BrokerHere | undefined,
): Promise<readonly string[]> {
  try {
    const found = root === "/" ? await hostFindings() : [];
    const untold = (await broker?.isUntold()) === true ? ["broker was not told of what is in force"] : [];
    return [...found, ...untold, ...(await sessions.clashes())];
  } catch (error) {
    return [`host can't be looked at: ${causeOf(error)}`];
  }
}

/** sudo says who became root. */
function forcedBy(text: string): { readonly reason: string; readonly by: string } {
  const reason = parseReason(text);
  if (!reason.ok) throw new Failure("usage", reason.problem);
  if (reason.value === "") throw new Failure("usage", "reason is empty; say why it is forced");
  return { reason: reason.value, by: process.env.SUDO_USER ?? userInfo().username };
}

const printLine = (value: unknown): Promise<void> =>
  new Promise((resolve, reject) => {
    process.stdout.write(`${JSON.stringify(value)}\n`, (error) => (error ? reject(error) : resolve()));
  });

async function readStdin(): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > LONGEST_BUNDLE) throw new Failure("usage", `bundle is longer than ${LONGEST_BUNDLE} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
