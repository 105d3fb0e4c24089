import type { Programs, RepositoryLook } from "../../core/inspection.ts";
import { formatProblem } from "../../core/place.ts";
import { type ReadRealm, type Realm, readRealm } from "../../core/realm/realm.ts";
import { type Check, type Finding, ok, problem } from "./check.ts";

/** A realm.yaml, and where it was read. */
export interface RealmSeen {
  readonly text: string;
  readonly file: string;
}

export const realmIn = ({ text, file }: RealmSeen): ReadRealm => readRealm(text, file);

/** Every problem in realm.yaml, or none. */
export const realmCheck = (seen: RealmSeen): Check => ({
  name: "realm.yaml",
  run: async () => {
    const read = realmIn(seen);
    if (!read.ok) return read.problems.map((one) => problem(formatProblem(one), "warren validate"));
    return [ok(`${seen.file} is valid`), ...signerFindings(read.realm), ...legacyFindings(read.realm)];
  },
});

/** A signing key that a proxy holds would make a stolen proxy the master of every computer. */
function signerFindings({ signers, proxies }: Realm): readonly Finding[] {
  const shared = proxies.filter(({ hostKeys }) =>
    hostKeys.some(({ line }) => signers.some((signer) => signer.line === line)),
  );
  if (shared.length === 0)
    return [
      ok(`${signers.length === 1 ? "1 key" : `${signers.length} keys`} may sign directories, none a host's`),
    ];
  return shared.map(({ name }) =>
    problem(
      `a key of signers is a host key of proxy ${name}`,
      "make another: ssh-keygen -t ed25519 -N '' -f signing; see docs/setup.md",
    ),
  );
}

const legacyFindings = ({ systems }: Realm): readonly Finding[] =>
  systems
    .filter(({ legacy }) => legacy)
    .map(({ name, ports: { first, last } }) =>
      ok(
        `system ${name} is legacy: each of its lines names ${last - first + 1} ports, and any of its devices may take any`,
      ),
    );

/** Whether GitHub answers, and whether it is the repository that realm.yaml means. */
export const repositoryCheck = (look: RepositoryLook, realm: Realm | undefined): Check => ({
  name: "github",
  run: async () => {
    const { id, fullName } = await look.about();
    const wanted = realm?.repository;
    if (wanted?.id !== undefined && wanted.id !== id) {
      return [
        problem(`${fullName} is repository ${id}; realm.yaml says ${wanted.id}`, "correct repository.id"),
      ];
    }
    if (wanted !== undefined && wanted.fullName.toLowerCase() !== fullName.toLowerCase()) {
      return [problem(`${wanted.fullName} is ${fullName} now`, "correct repository in realm.yaml")];
    }
    return [ok(`${fullName} answers`)];
  },
});

const WANTED = { node: "20.18", ssh: "8.4", git: "2.0" } as const;

/** What Warren runs on. */
export const versionsCheck = (programs: Programs): Check => ({
  name: "versions",
  run: async () => {
    const [ssh, git] = await Promise.all([programs.ssh(), programs.git()]);
    return [
      versionFinding("Node", programs.node, WANTED.node, "install Node 20.18 or later"),
      versionFinding("OpenSSH", ssh, WANTED.ssh, "apt-get install openssh-client"),
      versionFinding("Git", git, WANTED.git, "apt-get install git"),
    ];
  },
});

function versionFinding(program: string, found: string | undefined, wanted: string, fix: string): Finding {
  if (found === undefined) return problem(`${program} is not there`, fix);
  return isAtLeast(found, wanted)
    ? ok(`${program} ${found}`)
    : problem(`${program} ${found} is older than ${wanted}`, fix);
}

function isAtLeast(found: string, wanted: string): boolean {
  const numbers = found.split(".").map(Number);
  for (const [index, least] of wanted.split(".").map(Number).entries()) {
    const number = numbers[index] ?? 0;
    if (number !== least) return number > least;
  }
  return true;
}
