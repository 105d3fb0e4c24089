import { configFolder } from "../../adapters/files/config.ts";
import { savedForward, savedNames } from "../../adapters/files/forward-folder.ts";
import { socketFolder } from "../../adapters/openssh/sockets.ts";
import { askNamed, namesIn, stopNamed } from "../../adapters/processes/named.ts";
import { printForward, sshForward } from "../../core/computer/forward.ts";
import { Failure } from "../../core/failure.ts";
import { quoted } from "../../core/quote.ts";

/** What a running forward says of itself. */
export interface RunningForward {
  readonly name: string;
  readonly computer: string;
  /** `-L 127.0.0.1:8080:printer:80` */
  readonly forwards: readonly string[];
  readonly state: "opening" | "up" | "down";
  /** Of the state. */
  readonly since: string;
  readonly process: number;
}

/** Where this account's running forwards answer. */
export const forwardSockets = (): string => socketFolder(configFolder());

export async function listForwards(json: boolean): Promise<void> {
  const folder = forwardSockets();
  const answers = await Promise.all(
    (await namesIn(folder)).map((name) => askNamed(folder, name).catch(() => undefined)),
  );
  const running = answers.filter(isRunning);
  const saved = await Promise.all(
    (await savedNames()).map(async (name) => {
      const plan = await savedForward(name);
      const forwards = (plan?.forwards ?? []).map((way) => `${sshForward(way)[0]} ${printForward(way)}`);
      return { name, target: plan?.target ?? "", forwards };
    }),
  );
  if (json) {
    console.log(JSON.stringify({ running, saved }, null, 2));
    return;
  }
  const rows = [
    ...running.map(({ name, computer, forwards, state, since }) => [
      name,
      `${state} since ${since}`,
      computer,
      forwards.join(" "),
    ]),
    ...saved
      .filter(({ name }) => !running.some((one) => one.name === name))
      .map(({ name, target, forwards }) => [name, "saved", target, forwards.join(" ")]),
  ];
  console.log(rows.length === 0 ? "no forwards" : aligned(rows).join("\n"));
}

export async function stopForward(name: string): Promise<void> {
  const folder = forwardSockets();
  const names = await namesIn(folder);
  if (names.includes(name) && (await stopNamed(folder, name))) return;
  const others = names.filter((other) => other !== name);
  throw new Failure("usage", `no forward ${quoted(name)} runs`, {
    hint: others.length === 0 ? "warren forward --list shows all" : `there run ${others.join(", ")}`,
  });
}

/** Another version's process may answer otherwise. */
const isRunning = (answer: unknown): answer is RunningForward =>
  typeof answer === "object" && answer !== null && "name" in answer && "forwards" in answer;

function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "));
}
