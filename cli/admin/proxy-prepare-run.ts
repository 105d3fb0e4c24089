import { withLock } from "../../adapters/files/lock.ts";
import { readInput } from "../../adapters/files/read.ts";
import { carried } from "../../adapters/host/carried.ts";
import { RealHost } from "../../adapters/host/host.ts";
import { Failure } from "../../core/failure.ts";
import { parseSshPublicKey, type SshPublicKey } from "../../core/keys/ssh-key.ts";
import { trimmedLines } from "../../core/lines.ts";
import { OATH } from "../../core/proxy-host/one-time-passwords.ts";
import { planPreparation } from "../../core/proxy-host/prepare.ts";
import { planRemoval } from "../../core/proxy-host/remove.ts";
import { changes, describe, type Notice, nameOf, type Plan } from "../../core/proxy-host/steps.ts";
import type { ProxyHost, Realm } from "../../core/realm/realm.ts";
import { prepare } from "../../flows/prepare.ts";
import { realmIn } from "../../flows/realm-text.ts";
import { warn } from "../outcome.ts";

/** Root's alone, and there before anything of ours is. */
const [RUN, LOCK] = ["/run", "warren-prepare.lock"];

export interface PrepareOptions {
  readonly realm: string;
  readonly proxy?: string;
  readonly syncKey?: string;
  readonly dryRun?: boolean;
  readonly remove?: boolean;
  readonly services?: boolean;
  /** True: by the module that comes with none named. */
  readonly oneTimePasswords?: boolean | string;
  readonly json?: boolean;
}

/** Plans, and carries the plan out unless it is to be printed only; returns the exit code. */
export async function prepareHere(options: PrepareOptions): Promise<0 | 1> {
  if (process.getuid?.() !== 0) {
    throw new Failure("usage", "prepare looks at files that root alone reads", { hint: "run it by sudo" });
  }
  const host = new RealHost();
  if (options.dryRun === true) return printPlan(options, await planFor(host, options));
  // Two at once would each undo what the other has begun. One that waited plans by what it finds after.
  return withLock(RUN, async () => carryOut(host, options, await planFor(host, options)), LOCK);
}

async function planFor(host: RealHost, options: PrepareOptions): Promise<Plan> {
  const facts = await host.facts();
  const plan = options.remove === true ? planRemoval(facts) : planPreparation(facts, await wishOf(options));
  if (options.json !== true) {
    for (const notice of plan.warnings) warn(`warning: ${said(notice)}`);
    for (const notice of plan.problems) warn(said(notice));
  }
  return plan;
}

function printPlan(options: PrepareOptions, plan: Plan): 0 | 1 {
  const { problems, warnings } = plan;
  print(options, { kind: "planned", problems, warnings, steps: plan.steps }, planned(plan));
  return problems.length > 0 ? 1 : 0;
}

async function carryOut(host: RealHost, options: PrepareOptions, plan: Plan): Promise<0 | 1> {
  const { problems, warnings } = plan;
  if (problems.length > 0) {
    const steps = plan.steps.filter(changes).map(nameOf);
    print(options, { kind: "refused", problems, warnings, steps }, []);
    return 1;
  }
  const outcome = await prepare(host, plan);
  switch (outcome.kind) {
    case "same":
      print(options, { ...outcome, warnings }, ["nothing to change"]);
      return 0;
    case "changed":
      print(options, { ...outcome, warnings }, [...outcome.done, "done"]);
      return 0;
    case "undone":
      print(options, { ...outcome, warnings }, []);
      if (options.json !== true) {
        for (const line of outcome.why) warn(line);
        for (const path of outcome.restored) warn(`${path} is as it was before`);
      }
      return 1;
  }
}

const print = (options: PrepareOptions, document: object, lines: readonly string[]): void => {
  if (options.json === true) console.log(JSON.stringify(document, null, 2));
  else for (const line of lines) console.log(line);
};

const said = ({ says, hint }: Notice): string => (hint === undefined ? says : `${says}\n  hint: ${hint}`);

const planned = ({ steps }: Plan): readonly string[] =>
  steps.some(changes) ? steps.flatMap(describe) : ["nothing to change"];

async function wishOf(options: PrepareOptions) {
  const { realm: file, proxy, syncKey, services, oneTimePasswords: module } = options;
  const realm = realmIn({ text: await readInput(file), file });
  return {
    realm,
    proxy: proxyNamed(realm, proxy),
    syncKeys: syncKey === undefined ? [] : await syncKeys(syncKey),
    services,
    oneTimePasswords: module === true ? OATH : module === false ? "" : module,
    carried: await carried(),
  };
}

function proxyNamed({ proxies }: Realm, name: string | undefined): ProxyHost {
  const [first, ...more] = proxies;
  const found =
    name === undefined && more.length === 0 ? first : proxies.find((proxy) => proxy.name === name);
  if (found !== undefined) return found;
  const names = proxies.map((proxy) => proxy.name).join(", ");
  const which =
    name === undefined ? "--proxy is missing" : `proxy ${JSON.stringify(name)} is not in realm.yaml`;
  throw new Failure("usage", `${which}; there are ${names}`);
}

async function syncKeys(file: string): Promise<readonly SshPublicKey[]> {
  const lines = trimmedLines(await readInput(file)).filter((line) => line !== "");
  if (lines.length === 0) throw new Failure("usage", `${file} holds no public key`);
  return lines.map((line) => {
    const key = parseSshPublicKey(line);
    if (!key.ok) throw new Failure("usage", `${file}: ${key.problem}`);
    return key.value;
  });
}
