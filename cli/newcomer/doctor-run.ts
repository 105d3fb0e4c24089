import { configFolder } from "../../adapters/files/config.ts";
import { readIfThere, readInput } from "../../adapters/files/read.ts";
import type { ForgeClient, Repository } from "../../adapters/github/client.ts";
import { forgeClock } from "../../adapters/github/inspection/repository-look.ts";
import { programs } from "../../adapters/host/programs.ts";
import { HostNetwork } from "../../adapters/network/network.ts";
import { Failure } from "../../core/failure.ts";
import { readRealm } from "../../core/realm/realm.ts";
import { type Check, type Examined, examine, problem, unknown } from "../../flows/doctor/check.ts";
import type { RealmSeen } from "../../flows/doctor/realm.ts";
import { doctorExit, doctorJson, doctorLines } from "../../flows/doctor/words.ts";
import { checksWithoutForge, hereChecks, realmChecks } from "../../flows/doctor.ts";
import { version } from "../../package.json";
import { anyGithub } from "../github.ts";
import { repositoryNamed } from "../realm-of.ts";
import { appFromHere } from "./doctor-app.ts";
import { computersHere } from "./doctor-computers.ts";

export interface DoctorOptions {
  readonly repository?: string;
  readonly realm?: string;
  readonly syncKey?: string;
  readonly json?: boolean;
}

/** One check may take so long; `ssh` and the forge's client give up well before. */
const WITHIN_MS = 30_000;
const HERE = "realm.yaml";

/** Looks at all that can be seen from here, and prints it; returns the exit code. */
export async function doctorHere({
  repository,
  realm,
  syncKey,
  json = false,
}: DoctorOptions): Promise<number> {
  const client = await anyGithub();
  const file = await fileHere(realm);
  const named = repository ?? repositoryIn(file);
  const host = new URL(client.request.endpoint.DEFAULTS.baseUrl).host;
  const here = { network: new HostNetwork(), programs, now: () => new Date() };
  const ports = { ...here, forgeClock: () => forgeClock(client, host) };
  const computers = await computersHere();
  const checks = [
    ...(named === undefined
      ? noRealm(file, computers.length)
      : await checksOf(
          client,
          repositoryNamed(named),
          { file, isGiven: realm !== undefined, syncKey },
          here,
        )),
    ...hereChecks(ports, computers),
  ];
  const examined = await examine(checks, { within: WITHIN_MS, told: progress(checks.length, json) });
  console.log(json ? JSON.stringify(doctorJson(examined), null, 2) : doctorLines(examined).join("\n"));
  return doctorExit(examined);
}

async function fileHere(realm: string | undefined): Promise<RealmSeen | undefined> {
  if (realm !== undefined) return { text: await readInput(realm), file: realm };
  const text = await readIfThere(HERE);
  return text === undefined ? undefined : { text, file: HERE };
}

function repositoryIn(file: RealmSeen | undefined): string | undefined {
  if (file === undefined) return undefined;
  const read = readRealm(file.text, file.file);
  return read.ok ? read.realm.repository.fullName : undefined;
}

interface Where {
  readonly file: RealmSeen | undefined;
  /** The file was named, and counts for what the repository has. */
  readonly isGiven: boolean;
  readonly syncKey: string | undefined;
}

async function checksOf(
  client: ForgeClient,
  repository: Repository,
  { file, isGiven, syncKey }: Where,
  here: { readonly network: HostNetwork; readonly now: () => Date },
): Promise<readonly Check[]> {
  const { wireDoctor } = await import("../../adapters/wire.ts");
  const ports = wireDoctor({ client, repository, ...(syncKey === undefined ? {} : { syncKey }) });
  const app = await appFromHere(repository);
  const all = { ...here, ...ports, version, ...(app === undefined ? {} : { app }) };
  if (isGiven) return realmChecks(all, file);
  const name = `${repository.owner}/${repository.repo}/${HERE}`;
  let text: string | undefined;
  try {
    // The repository's own file counts, not the checkout's.
    text = await ports.look.file(HERE);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    // To ask everything else of a forge that is down would only take the user's time.
    if (error.code === "unavailable") return checksWithoutForge(here, error, file);
    return realmChecks(all, undefined);
  }
  if (text !== undefined) return realmChecks(all, { text, file: name });
  const missing = problem(`${name} is missing`, "warren init, then commit and push");
  return [...realmChecks(all, undefined), { name: HERE, run: async () => [missing] }];
}

/** Says what was looked for, so that nobody takes a short list for a clean realm. */
function noRealm(file: RealmSeen | undefined, computers: number): readonly Check[] {
  const enrolled =
    computers === 0 ? `no computer is enrolled in ${configFolder()}` : `${computers} enrolled here`;
  const says =
    file === undefined
      ? `no realm was looked at: there is no ${HERE} here; ${enrolled}`
      : `no realm was looked at: ${file.file} is not valid; ${enrolled}`;
  const fix =
    file === undefined
      ? "warren doctor --repository owner/name; or warren init"
      : `warren validate ${file.file}`;
  return [{ name: "realm", run: async () => [file === undefined ? unknown(says, fix) : problem(says, fix)] }];
}

/** One line on a terminal, which the next one takes the place of. */
function progress(total: number, json: boolean): (done: Examined) => void {
  if (json || !process.stderr.isTTY) return () => {};
  let count = 0;
  return ({ name }) => {
    count += 1;
    process.stderr.write(count < total ? `\r\u001b[K${count}/${total} ${name}` : "\r\u001b[K");
  };
}
