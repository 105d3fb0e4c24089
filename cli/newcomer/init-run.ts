import { basename, resolve } from "node:path";
import { CheckoutFolder } from "../../adapters/files/checkout.ts";
import { originOf } from "../../adapters/files/git.ts";
import { Failure } from "../../core/failure.ts";
import type { Actions } from "../../core/init/answers.ts";
import { REALM_FILE, repositoryFiles } from "../../core/init/files.ts";
import { type Next, nextSteps } from "../../core/init/next-steps.ts";
import { parseActions } from "../../core/init/questions.ts";
import { parseRealmName } from "../../core/names.ts";
import { type Written, writeInto } from "../../flows/init.ts";
import { realmIn } from "../../flows/realm-text.ts";
import { anyGithub } from "../github.ts";
import { repositoryNamed } from "../realm-of.ts";
import { type Given, gatherAnswers, soundRealm, terminalAsk } from "./init-answers.ts";
import { keyFiles, makeRealmKeys } from "./init-keys.ts";

export interface InitOptions {
  readonly realm?: string;
  readonly repository?: string;
  readonly admin?: string;
  readonly system?: string;
  readonly proxyHost?: string;
  readonly proxyPort?: string;
  readonly ports?: string;
  readonly broker?: string;
  readonly brokerEndpoint?: string;
  readonly brokerRegion?: string;
  readonly brokerUrl?: string;
  readonly brokerCa?: string;
  readonly actions?: string;
  readonly app?: boolean;
  readonly keys?: string;
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** Writes a realm's files into `dir`; asks where a terminal is there to answer. */
export async function initHere(dir: string, options: InitOptions) {
  const { force = false, dryRun = false, app = false } = options;
  const checkout = new CheckoutFolder(dir);
  const held = await checkout.read(REALM_FILE);
  const actions = await actionsOf(options.actions);
  const realm =
    held === undefined
      ? await newRealm(dir, options)
      : oldRealm(held, resolve(dir, REALM_FILE), options, dir);
  const files = [...realm.files, ...repositoryFiles(realm.admins, { actions, app })];
  const written = await writeInto(checkout, files, { force, dryRun });
  const next = nextSteps({ ...realm.next, workflows: actions !== undefined, app });
  const document = { dir: resolve(dir), dryRun, realm: realm.name, files: written, keys: realm.made, next };
  return {
    document,
    lines: [...written.map((one) => shown(one, dryRun)), ...rest(realm, actions, dryRun, next)],
  };
}

interface RealmFiles {
  readonly name: string;
  readonly admins: readonly string[];
  readonly files: readonly (readonly [string, string])[];
  readonly made: readonly string[];
  readonly next: Omit<Next, "workflows" | "app">;
}

/** Sound, and never written: only what stands around it is judged. */
const ANY_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIN75qounhUPoY6k7uNhjooFRPP3Tj+RZwYKGj+AtzCbr";

async function newRealm(dir: string, options: InitOptions): Promise<RealmFiles> {
  const answers = await answersFrom(dir, options);
  const { realm: name, repository, admin, proxy, broker } = answers;
  const keys = keyFiles(name, proxy.name, options.keys, dir);
  // Judged before any key is made, so that a slip leaves nothing behind.
  soundRealm(answers, { signing: ANY_KEY, spare: ANY_KEY });
  const next = { repository, proxy: proxy.name, keys, broker: broker.type };
  const about = { name, admins: [admin.login], next };
  if (options.dryRun === true) return { ...about, files: [[REALM_FILE, ""]], made: Object.values(keys) };
  const { made, ...lines } = await makeRealmKeys(keys, name);
  return { ...about, files: [[REALM_FILE, soundRealm(answers, lines)]], made };
}

async function answersFrom(dir: string, options: InitOptions) {
  const origin = await originOf(dir);
  const name = basename(origin ?? resolve(dir)).toLowerCase();
  const guessed: Given = {
    ...(parseRealmName(name).ok ? { realm: name } : {}),
    ...(origin === undefined ? {} : { repository: origin }),
  };
  const given = givenBy(options);
  if (!process.stdin.isTTY) {
    // A name that nobody said stays in every computer's id: only a person may take a guess.
    const { repository } = guessed;
    return gatherAnswers(given, repository === undefined ? {} : { repository }, undefined);
  }
  const terminal = terminalAsk();
  try {
    return await gatherAnswers(given, guessed, terminal.ask);
  } finally {
    terminal.close();
  }
}

function givenBy(options: InitOptions): Given {
  const given = {
    realm: options.realm,
    repository: options.repository,
    admin: options.admin,
    system: options.system,
    "proxy-host": options.proxyHost,
    "proxy-port": options.proxyPort,
    ports: options.ports,
    broker: options.broker,
    "broker-endpoint": options.brokerEndpoint,
    "broker-region": options.brokerRegion,
    "broker-url": options.brokerUrl,
    "broker-ca": options.brokerCa,
  };
  return Object.fromEntries(Object.entries(given).filter(([, text]) => text !== undefined));
}

/** A realm that is there already says all by itself. */
function oldRealm(text: string, file: string, options: InitOptions, dir: string): RealmFiles {
  const said = Object.keys(givenBy(options));
  if (said.length > 0) {
    throw new Failure("usage", `${file} is there already, and --${said.join(", --")} would change it`, {
      hint: "change it by hand, or move it away",
    });
  }
  const realm = realmIn({ text, file });
  const proxy = realm.proxies[0]?.name ?? "";
  return {
    name: realm.name,
    admins: realm.admins.map(({ login }) => login),
    files: [],
    made: [],
    next: {
      repository: realm.repository.fullName,
      proxy,
      keys: keyFiles(realm.name, proxy, options.keys, dir),
      broker: realm.broker?.type ?? "none",
    },
  };
}

/** A tag can be moved, and a workflow with the realm's keys must not move with it: its commit is asked for. */
async function actionsOf(text: string | undefined): Promise<Actions | undefined> {
  if (text === undefined) return undefined;
  const read = parseActions(text);
  if (!read.ok) throw new Failure("usage", read.problem);
  const { repository, at, isCommit } = read.value;
  if (isCommit) return { repository, commit: at };
  const { commitOfTag } = await import("../../adapters/github/tags.ts");
  const commit = await commitOfTag(await anyGithub(), repositoryNamed(repository), at);
  if (commit === undefined) throw new Failure("usage", `${repository} has no tag ${at}`);
  return { repository, commit, tag: at };
}

const SAYS = {
  new: "wrote",
  same: "is up to date:",
  replaced: "replaced",
  kept: "kept, though it differs:",
} as const;
const WOULD = {
  ...SAYS,
  new: "would write",
  replaced: "would replace",
  kept: "would keep, though it differs:",
} as const;

const shown = ({ path, became }: Written, dryRun: boolean): string =>
  `${(dryRun ? WOULD : SAYS)[became]} ${path}`;

function rest(
  { made }: RealmFiles,
  actions: Actions | undefined,
  dryRun: boolean,
  next: readonly string[],
): readonly string[] {
  return [
    ...made.map((file) => `${dryRun ? "would make" : "made"} the key ${file}`),
    ...(actions === undefined
      ? ["wrote no workflow: --actions owner/name@tag names the released actions"]
      : []),
    "",
    "next:",
    ...next.map((step, index) => `${String(index + 1).padStart(2)}. ${step}`),
  ];
}
