import { createInterface } from "node:readline/promises";
import { readInput } from "../../adapters/files/read.ts";
import { Failure } from "../../core/failure.ts";
import type { Answers, BrokerAnswer } from "../../core/init/answers.ts";
import {
  BROKER_QUESTIONS,
  type Flag,
  parseAdmin,
  parsePort,
  QUESTIONS,
  type Question,
} from "../../core/init/questions.ts";
import { realmYaml } from "../../core/init/realm-yaml.ts";
import { formatProblem } from "../../core/place.ts";
import { parseCertificates } from "../../core/realm/grammar.ts";
import { readRealm } from "../../core/realm/realm.ts";
import { anyGithub } from "../github.ts";

/** What the flags say; a name that could be guessed is offered, not taken, where a terminal can ask. */
export type Given = Partial<Record<Flag, string>>;

/** Asks one question until the answer is sound. */
export type Ask = (question: Question, offered: string | undefined) => Promise<string>;

/** Every answer, from flags, from a terminal if `ask` is given, and from what is usual otherwise. */
export async function gatherAnswers(given: Given, guessed: Given, ask: Ask | undefined): Promise<Answers> {
  const found: Given = { ...given };
  const problems: string[] = [];
  const fill = async (question: Question): Promise<void> => {
    const { flag, usual, problemOf } = question;
    const text = given[flag] ?? (await ask?.(question, guessed[flag] ?? usual)) ?? guessed[flag] ?? usual;
    const problem = text === undefined ? "is missing" : problemOf(text);
    if (problem !== undefined) problems.push(`--${flag}${text === undefined ? " " : ": "}${problem}`);
    else if (text !== undefined) found[flag] = text;
  };
  for (const question of QUESTIONS) await fill(question);
  for (const question of BROKER_QUESTIONS[found.broker ?? ""] ?? []) await fill(question);
  if (problems.length > 0) {
    throw new Failure("usage", problems.join("; "), { hint: "warren init --help, or run it on a terminal" });
  }
  return answersOf((flag) => found[flag] ?? "");
}

async function answersOf(said: (flag: Flag) => string): Promise<Answers> {
  const port = parsePort(said("proxy-port"));
  return {
    realm: said("realm"),
    repository: said("repository"),
    admin: await personOf(said("admin")),
    system: said("system"),
    proxy: { name: "main", host: said("proxy-host"), port: port.ok ? port.value : 22 },
    ports: said("ports"),
    broker: await brokerOf(said),
  };
}

/** A login alone names nobody for good: its id is asked for, or must be given. */
async function personOf(text: string): Promise<Answers["admin"]> {
  const admin = parseAdmin(text);
  if (!admin.ok) throw new Failure("usage", admin.problem);
  const { login, id } = admin.value;
  if (id !== undefined) return { login, id };
  const hint = `give it: --admin ${login}:ID; https://api.github.com/users/${login} shows it`;
  const { GitHubUsers } = await import("../../adapters/github/users.ts");
  const found = await new GitHubUsers(await anyGithub()).named(login).catch((cause: unknown) => {
    throw new Failure("unavailable", `the id of ${login} can't be asked for`, { cause, hint });
  });
  if (found === undefined) throw new Failure("usage", `GitHub knows no account ${login}`);
  return found;
}

async function brokerOf(said: (flag: Flag) => string): Promise<BrokerAnswer> {
  switch (said("broker")) {
    case "aws-iot":
      return { type: "aws-iot", endpoint: said("broker-endpoint"), region: said("broker-region") };
    case "mqtt": {
      const ca = await readInput(said("broker-ca"));
      const read = parseCertificates(ca);
      if (!read.ok) throw new Failure("usage", `${said("broker-ca")}: ${read.problem}`);
      return { type: "mqtt", url: said("broker-url"), ca };
    }
    default:
      return { type: "none" };
  }
}

/** What two answers make wrong together, realm.yaml's own rules say: better now than by `validate`. */
export function soundRealm(answers: Answers, keys: Parameters<typeof realmYaml>[1]): string {
  const text = realmYaml(answers, keys);
  const read = readRealm(text, "realm.yaml");
  if (read.ok) return text;
  throw new Failure("usage", read.problems.map(formatProblem).join("; "));
}

/** Asks on the terminal; what the questions say goes to stderr, for stdout holds the answer of the command. */
export function terminalAsk(): { readonly ask: Ask; readonly close: () => void } {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const gone = new Promise<never>((_, reject) =>
    terminal.once("close", () => reject(new Failure("usage", "the questions were not answered"))),
  );
  gone.catch(() => {});
  const ask: Ask = async ({ asks, problemOf }, offered) => {
    for (;;) {
      const shown = offered === undefined ? `${asks}: ` : `${asks} [${offered}]: `;
      const typed = (await Promise.race([terminal.question(shown), gone])).trim();
      const text = typed === "" ? (offered ?? "") : typed;
      const problem = problemOf(text);
      if (problem === undefined) return text;
      process.stderr.write(`  ${problem}\n`);
    }
  };
  return { ask, close: () => terminal.close() };
}
