import type { SystemName } from "../names.ts";
import { quoted } from "../quote.ts";
import { readAccounts, readGroup, standingOfSync, standingOfSystem, strangersIn } from "./accounts.ts";
import { type HostFacts, PROGRAMS } from "./facts.ts";
import { BLOCKED, BLOCKED_KRL, GROUP, PAM, SSHD_CONFIG, SSHD_FOLDER } from "./layout.ts";
import { isPamModule, OATH } from "./one-time-passwords.ts";
import { includesDropIns, readEffective } from "./sshd.ts";
import type { Notice } from "./steps.ts";

/** What keeps this host from being a proxy: programs, sshd's ways, paths that others may write. */
export function hostProblems(facts: HostFacts): readonly Notice[] {
  const missing = [...PROGRAMS].filter(([program]) => !facts.programs.has(program));
  const packages = [...new Set(missing.map(([, name]) => name))].join(" ");
  const names = missing.map(([program]) => program).join(", ");
  return [
    ...(missing.length === 0
      ? []
      : [{ says: `${names} is not there`, hint: `apt-get install --no-install-recommends ${packages}` }]),
    ...sshdProblems(facts),
    ...(facts.files.has(PAM)
      ? []
      : [{ says: `${PAM} is not there`, hint: "apt-get install openssh-server" }]),
    ...facts.node.writable.map((path) => ({
      says: `${path} can be written by everyone, and a sync runs it as root`,
      hint: `chmod o-w ${path}`,
    })),
    ...(/^\/[\w./+-]+$/.test(facts.node.path)
      ? []
      : [
          {
            says: `Node's path ${JSON.stringify(facts.node.path)} can't stand in sudoers; use letters, digits, ./_+-`,
          },
        ]),
  ];
}

function sshdProblems({ sshd }: HostFacts): readonly Notice[] {
  const main = sshd.config.find(({ path }) => path === SSHD_CONFIG)?.text;
  if (main === undefined)
    return [{ says: `${SSHD_CONFIG} is not there`, hint: "apt-get install openssh-server" }];
  const found: Notice[] = [];
  if (!includesDropIns(main)) {
    found.push({
      says: `${SSHD_CONFIG} doesn't include ${SSHD_FOLDER}/*.conf above its first Match`,
      hint: `sed -i '1i Include ${SSHD_FOLDER}/*.conf' ${SSHD_CONFIG}`,
    });
  }
  if (!sshd.settings.ok) {
    const hint = sshd.settings.says.includes("/run/sshd") ? "mkdir -p /run/sshd" : "sshd -t";
    return [...found, { says: `sshd -T fails: ${sshd.settings.says}`, hint }];
  }
  const effective = readEffective(sshd.settings.text);
  if (effective.get("usepam")?.[0] !== "yes") {
    found.push({
      says: "sshd has UsePAM no: the hook that ends a revoked key's sessions would never run",
      hint: `sed -i 's/^[# ]*UsePAM .*/UsePAM yes/' ${SSHD_CONFIG}`,
    });
  }
  for (const keyword of ["AllowUsers", "AllowGroups", "DenyUsers", "DenyGroups"]) {
    const values = effective.get(keyword.toLowerCase());
    if (values === undefined || (keyword === "AllowGroups" && values.includes(GROUP))) continue;
    found.push({
      says: `sshd has ${keyword} ${values.join(" ")}, which may shut systems or the sync out`,
      hint: `say it by AllowGroups, with ${GROUP} and the sync account's group among them`,
    });
  }
  return found;
}

/** Without its module PAM would let no controller in. */
export function moduleProblems(module: string, { pamModules }: HostFacts): readonly Notice[] {
  if (module === "") return [];
  const [file = ""] = module.split(" ");
  if (!isPamModule(module)) {
    return [{ says: `PAM module ${quoted(module)} is not understood; write it as ${OATH}` }];
  }
  return file.startsWith("/") || pamModules.has(file)
    ? []
    : [{ says: `PAM has no ${file}`, ...(module === OATH ? { hint: "apt-get install libpam-oath" } : {}) }];
}

/** Accounts in our way, and keys that were blocked and would be let in. */
export function accountProblems(
  facts: HostFacts,
  wanted: { readonly systems: readonly SystemName[]; readonly syncUser: string },
): readonly Notice[] {
  const accounts = readAccounts(facts.passwd);
  const group = readGroup(facts.group, GROUP);
  const standings = [
    ...wanted.systems.map((name) => [name, standingOfSystem(name, accounts, group)] as const),
    [wanted.syncUser, standingOfSync(wanted.syncUser, accounts, group)] as const,
  ];
  const foreign = standings.flatMap(([name, standing]): Notice[] =>
    standing.kind === "foreign"
      ? [
          {
            says: `account ${name} was not made by Warren: ${standing.why}; it is never adopted`,
            hint: `userdel ${name}`,
          },
        ]
      : [],
  );
  const named = new Set(standings.map(([name]) => name as string));
  const strangers = strangersIn(accounts, group).filter((name) => !named.has(name));
  return [
    ...foreign,
    ...strangers.map((name) => ({
      says: `account ${name} is in group ${GROUP} and no system's: sshd would treat it as one`,
      hint: `gpasswd -d ${name} ${GROUP}`,
    })),
    ...((facts.files.get(BLOCKED)?.text.trim() ?? "") !== "" && !facts.files.has(BLOCKED_KRL)
      ? [
          {
            says: `${BLOCKED_KRL} is gone while ${BLOCKED} names keys: an empty one would let them in`,
            hint: "warren proxy block --list, then block one of them again",
          },
        ]
      : []),
  ];
}
